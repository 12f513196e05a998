//! The head of a log, as far as this process knows it.

use crate::store::{EventLog, HeadWatch, LatestReads, Page, ReadError};
use crate::values::Position;

/// Detects pages that claim to be complete but end before the head that this process knows. A
/// [leader](LatestReads::Leader) that was replaced, and does not know it yet, returns such a stale page.
///
/// A page is compared with the head that was known when the read started. The bus publishes later events.
pub(super) struct KnownHead {
    /// `None` if the reads of the log are linearizable. Pages are then not compared.
    watched: Option<HeadWatch>,
    /// The head that was known when the last read started.
    expected: Position,
    /// The newest head that was known and that the log has lost.
    lost: Position,
    /// Whether the next read has to reach the expected head, since a page ended before it.
    must_reach: bool,
}

impl KnownHead {
    pub(super) fn of(log: &dyn EventLog) -> Self {
        let is_exact = log.capabilities().latest == LatestReads::Linearizable;
        Self {
            watched: (!is_exact).then(|| log.watch()),
            expected: Position::START,
            lost: Position::START,
            must_reach: false,
        }
    }

    /// Notes the known head before a read. Returns the position that the read must reach, or `None` if it
    /// reads the latest state.
    pub(super) fn prepare_read(&mut self) -> Option<Position> {
        if let Some(watched) = &self.watched {
            let head = watched.head();
            if is_before(self.lost, head) {
                self.expected = head;
            }
        }
        self.must_reach.then_some(self.expected)
    }

    /// Returns the page, marked as incomplete if it ends before the head that was known.
    pub(super) fn check(&mut self, page: Page) -> Page {
        if !page.is_complete() {
            return page;
        }
        // A page of a read that had to reach the head is trusted.
        self.must_reach = !self.must_reach && is_before(page.through().position(), self.expected);
        if self.must_reach {
            page.incomplete()
        } else {
            page
        }
    }

    /// Accepts the end of the log as its head, if the log has lost the head that the read had to reach.
    ///
    /// # Errors
    ///
    /// Every other error is returned.
    pub(super) fn accept_lost_head(&mut self, error: ReadError) -> Result<(), ReadError> {
        match error {
            // The end of an empty log is the start, which is in log 0.
            ReadError::BeyondHead { position, head } | ReadError::OtherLog { position, head }
                if self.must_reach && position == self.expected && is_before(head, position) =>
            {
                self.lost = position;
                self.expected = head;
                Ok(())
            }
            error => Err(error),
        }
    }
}

/// Whether a position is before another one of the same log.
fn is_before(one: Position, other: Position) -> bool {
    one.offset() < other.offset()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{HeadSender, Horizon, PageBuilder};

    /// The known head after an old leader has returned an empty page.
    fn after_stale_page(log: u32) -> (HeadSender, KnownHead) {
        let sender = HeadSender::new(Position::new(7).in_log(log));
        let mut head = KnownHead {
            watched: Some(sender.watch()),
            expected: Position::START,
            lost: Position::START,
            must_reach: false,
        };
        assert_eq!(head.prepare_read(), None);
        assert!(!head.check(empty(Position::START)).is_complete());
        assert_eq!(head.prepare_read(), Some(Position::new(7).in_log(log)));
        (sender, head)
    }

    fn empty(through: Position) -> Page {
        PageBuilder::new().finish(Horizon::unchecked(through), true)
    }

    #[test]
    fn a_head_that_a_log_has_lost_is_not_requested_again() {
        for log in [0, 3] {
            let (sender, mut head) = after_stale_page(log);
            let (lost, end) = (Position::new(7).in_log(log), Position::new(2).in_log(log));
            let error = ReadError::check_position(lost, end).unwrap_err();
            head.accept_lost_head(error).unwrap();
            assert_eq!(head.prepare_read(), Some(end));
            assert!(head.check(empty(end)).is_complete());
            assert_eq!(head.prepare_read(), None);
            assert!(head.check(empty(end)).is_complete());

            sender.move_to(Position::new(8).in_log(log));
            assert_eq!(head.prepare_read(), None);
            assert!(!head.check(empty(end)).is_complete());
            assert_eq!(head.prepare_read(), Some(Position::new(8).in_log(log)));
        }
    }

    #[test]
    fn a_log_that_lost_all_events_is_at_its_start() {
        for log in [0, 3] {
            let (_sender, mut head) = after_stale_page(log);
            let lost = Position::new(7).in_log(log);
            let error = ReadError::check_position(lost, Position::START).unwrap_err();
            head.accept_lost_head(error).unwrap();
            assert_eq!(head.prepare_read(), Some(Position::START));
            assert!(head.check(empty(Position::START)).is_complete());
        }
    }

    #[test]
    fn an_error_about_another_position_is_returned() {
        let (_sender, mut head) = after_stale_page(0);
        let (position, end) = (Position::new(5), Position::new(2));
        let error = ReadError::check_position(position, end).unwrap_err();
        assert!(head.accept_lost_head(error).is_err());
        assert_eq!(head.prepare_read(), Some(Position::new(7)));
    }

    #[test]
    fn a_page_of_a_read_that_had_to_reach_the_head_is_trusted() {
        let (_sender, mut head) = after_stale_page(0);
        assert!(head.check(empty(Position::new(3))).is_complete());
    }
}
