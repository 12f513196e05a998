//! By what damage to a row is found.

use std::iter;
use std::ops::RangeInclusive;

use crc32fast::Hasher;

/// From so many bytes on a sum is made by larger steps, if they are in one piece. To put more of them
/// together than the second would cost more than that brings.
const TOGETHER: RangeInclusive<usize> = 128..=512;

/// The lengths of all texts but the last are among the numbers, and these come first, so that no two
/// rows are summed alike.
pub(crate) fn sum<const N: usize, const T: usize>(numbers: [u64; N], texts: [&[u8]; T]) -> u32 {
    let numbers = numbers.map(u64::to_le_bytes);
    let parts = || iter::once(numbers.as_flattened()).chain(texts);
    if !TOGETHER.contains(&parts().map(<[u8]>::len).sum()) {
        return in_parts(parts());
    }
    let (mut row, mut end) = ([0; *TOGETHER.end()], 0);
    for part in parts() {
        row[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    }
    crc32fast::hash(&row[..end])
}

fn in_parts<'p>(parts: impl Iterator<Item = &'p [u8]>) -> u32 {
    let mut sum = Hasher::new();
    for part in parts {
        sum.update(part);
    }
    sum.finalize()
}

/// An empty text is something else than none.
pub(crate) fn optional(text: Option<&str>) -> u64 {
    text.map_or(u64::MAX, |text| length(text.as_bytes()))
}

pub(crate) fn length(text: &[u8]) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use eventsource_core::uuid::Uuid;

    use crate::tables::categories::of_category;
    use crate::tables::commit_row::{CommitRow, of_commit};
    use crate::tables::event_row::{EventRow, of_event};
    use crate::tables::snapshots::{SnapshotRow, of_snapshot};
    use crate::tables::stream_row::{StreamRow, of_stream};
    use crate::tables::types::{TypeRow, of_type};

    /// Whatever these are, they are in files: another sum would make every stored row a damaged one.
    #[test]
    fn the_checksum_of_a_row_never_changes() {
        let event = EventRow {
            position: 1,
            commit: 1,
            stream: 1,
            version: 1,
            of: 1,
            payload: b"{}",
            tags: None,
        };
        assert_eq!(of_event(&event, 0), 2_792_735_784);
        let of = TypeRow {
            number: 1,
            name: "cart.opened",
            schema: 1,
            codec: "json",
        };
        assert_eq!(of_type(&of), 811_223_905);
        let commit = CommitRow {
            first: 1,
            events: 1,
            stream: 1,
            id: Uuid::nil(),
            recorded_at: 1,
            metadata: None,
            encoding: 1,
            digest: &[7; 32],
        };
        assert_eq!(of_commit(&commit), 1_455_678_331);
        let stream = StreamRow {
            number: 1,
            category: 1,
            root_id: Uuid::nil(),
            version: 1,
            position: 1,
            recorded_at: 1,
            check: 1,
        };
        assert_eq!(of_stream(&stream), 86_459_234);
        assert_eq!(of_category(1, "acme", "cart"), 2_677_384_911);
        let snapshot = SnapshotRow {
            stream: 1,
            fingerprint: &[7; 32],
            version: 1,
            position: 1,
            check: 1,
            state: b"{}",
        };
        assert_eq!(of_snapshot(&snapshot), 620_845_808);
    }
}
