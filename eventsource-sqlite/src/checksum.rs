//! By what damage to a row is found.

use crc32fast::Hasher;

use crate::row::EventRow;

/// The CRC-32 of all other columns of the row. The lengths come first, so that no two rows are
/// summed alike.
pub(crate) fn checksum(event: &EventRow<'_>) -> u32 {
    let tags = event.tags.unwrap_or_default();
    let texts = [
        event.name.as_bytes(),
        event.codec.as_bytes(),
        tags.as_bytes(),
        event.payload,
    ];
    let mut sum = Hasher::new();
    sum.update(&numbers(event, texts.map(<[u8]>::len)));
    for text in texts {
        sum.update(text);
    }
    sum.finalize()
}

fn numbers(event: &EventRow<'_>, lengths: [usize; 4]) -> [u8; 72] {
    let [name, codec, tags, payload] = lengths.map(|length| length as u64);
    let numbers = [
        event.position,
        event.commit,
        event.stream.cast_unsigned(),
        event.version,
        u64::from(event.schema),
        name,
        codec,
        tags,
        payload,
    ];
    let mut bytes = [0; 72];
    for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever this is, it is in files: another sum would make every stored event a damaged one.
    #[test]
    fn the_checksum_of_a_row_never_changes() {
        let event = EventRow {
            position: 1,
            commit: 1,
            stream: 1,
            version: 1,
            name: "cart.opened",
            schema: 1,
            codec: "json",
            payload: b"{}",
            tags: None,
        };
        assert_eq!(checksum(&event), 1_182_890_053);
    }
}
