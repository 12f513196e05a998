//! By what damage to a row is found.

use std::iter;
use std::ops::RangeInclusive;

use crc32fast::Hasher;

use crate::commit_row::CommitRow;
use crate::row::EventRow;
use crate::types::TypeRow;

/// From so many bytes on a sum is made by larger steps, if they are in one piece. To put more of them
/// together than the second would cost more than that brings.
const TOGETHER: RangeInclusive<usize> = 128..=512;

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_event(event: &EventRow<'_>) -> u32 {
    let texts = [event.tags.unwrap_or_default().as_bytes(), event.payload];
    let numbers = [
        event.position,
        event.commit,
        event.stream.cast_unsigned(),
        event.version,
        event.of.cast_unsigned(),
        optional(event.tags),
    ];
    sum(numbers, texts)
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_type(of: &TypeRow<'_>) -> u32 {
    let texts = [of.name.as_bytes(), of.codec.as_bytes()];
    let (number, schema) = (of.number.cast_unsigned(), u64::from(of.schema));
    let numbers = [number, schema, length(of.name.as_bytes())];
    sum(numbers, texts)
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_commit(commit: &CommitRow<'_>) -> u32 {
    let texts = [
        commit.id.as_bytes(),
        commit.metadata.unwrap_or_default().as_bytes(),
        commit.digest,
    ];
    let numbers = [
        commit.first,
        u64::from(commit.events),
        commit.stream.cast_unsigned(),
        commit.recorded_at.cast_unsigned(),
        length(commit.id.as_bytes()),
        optional(commit.metadata),
    ];
    sum(numbers, texts)
}

/// The lengths of all texts but the last are among the numbers, and these come first, so that no two
/// rows are summed alike.
fn sum<const N: usize, const T: usize>(numbers: [u64; N], texts: [&[u8]; T]) -> u32 {
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
fn optional(text: Option<&str>) -> u64 {
    text.map_or(u64::MAX, |text| length(text.as_bytes()))
}

fn length(text: &[u8]) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(of_event(&event), 2_792_735_784);
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
            id: "00000000-0000-0000-0000-000000000000",
            recorded_at: 1,
            metadata: None,
            digest: &[7; 32],
        };
        assert_eq!(of_commit(&commit), 2_384_657_330);
    }
}
