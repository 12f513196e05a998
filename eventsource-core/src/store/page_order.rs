//! Checking the order of pages.

use super::error::{ReadError, StoreError, StoreErrorKind};
use super::horizon::Horizon;
use super::page::Page;
use crate::values::Position;

impl Page {
    /// Checks that a page makes a reader progress. A page is refused if its positions do not increase, if the
    /// next page would be read from the same position, or if it is of another log. The reader would miss
    /// events, or read the same ones endlessly.
    pub(crate) fn check_order(&self, after: Horizon) -> Result<(), ReadError> {
        let after = after.position();
        let mut last = after;
        for event in self.events() {
            if !is_after(event.position, last) {
                return Err(damaged(after, &wrong_order(event.position, last)));
            }
            last = event.position;
        }
        let through = self.through().position();
        let is_behind = through != last && !is_after(through, last);
        if is_behind || (!self.is_complete() && through == after) {
            let why = format!("it ends at position {through}, and its events at {last}");
            return Err(damaged(after, &why));
        }
        Ok(())
    }
}

/// Whether a position is after another one of the same log. The start is before the events of all logs.
fn is_after(position: Position, last: Position) -> bool {
    let is_same = position.log() == last.log() || last == Position::START;
    is_same && position.offset() > last.offset()
}

fn wrong_order(position: Position, last: Position) -> String {
    format!("position {position} is behind position {last}")
}

fn damaged(after: Position, why: &str) -> ReadError {
    let message = format!(
        "the store is damaged: in the page after position {after}, {why}; verify the store, and restore a backup"
    );
    StoreError::new(StoreErrorKind::Corrupt, message).into()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::codec::Codec;
    use crate::store::commit_header::CommitHeader;
    use crate::store::digest::{Digest, DigestEncoding};
    use crate::store::page::{PageBuilder, PageEvent};
    use crate::store::stored_type::StoredType;
    use crate::store::tags::Tags;
    use crate::values::{StreamId, Timestamp};

    fn page(positions: &[u64], through: u64, complete: bool) -> Page {
        let mut page = PageBuilder::new();
        let stream = page.stream(StreamId::new("cart", Uuid::nil()));
        let (first, time) = (Position::new(1), Timestamp::default());
        let header = CommitHeader::new(
            Uuid::nil(),
            first,
            1,
            time,
            Digest::from_bytes(DigestEncoding::Tree, [0; 32]),
        );
        let commit = page.commit(header.into());
        let event_type = page.event_type(&StoredType::new("opened", 1, Codec::Json));
        for (version, position) in (1..).zip(positions) {
            page.push(PageEvent {
                stream,
                commit,
                version,
                position: Position::new(*position),
                event_type,
                payload: b"{}",
                tags: Tags::default(),
            });
        }
        page.finish(Horizon::unchecked(Position::new(through)), complete)
    }

    fn is_damaged(page: &Page) -> bool {
        match page.check_order(Horizon::unchecked(Position::new(5))) {
            Ok(()) => false,
            Err(error) => {
                assert!(error.to_string().contains("damaged"), "{error}");
                true
            }
        }
    }

    #[test]
    fn a_page_that_goes_on_is_in_order() {
        let pages = [
            page(&[6, 8], 8, false),
            page(&[6, 8], 9, true),
            page(&[], 9, false),
            page(&[], 5, true),
        ];
        assert!(!pages.iter().any(is_damaged));
    }

    #[test]
    fn a_page_that_leads_backwards_is_damaged() {
        let pages = [
            page(&[5], 8, true),
            page(&[7, 6], 8, true),
            page(&[7, 7], 8, true),
            page(&[6, 8], 7, false),
            page(&[], 5, false),
            page(&[], 4, true),
        ];
        assert!(pages.iter().all(is_damaged));
    }
}
