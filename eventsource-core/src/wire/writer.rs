//! Functions that write the parts of an envelope.

/// Writes a number in LEB128: seven bits a byte, the lowest first; all bytes but the last have the eighth
/// bit set.
pub(super) fn number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    to.push(low_bits(number));
}

/// Writes the number of items, or the index of one.
pub(super) fn count(to: &mut Vec<u8>, count: usize) {
    number(to, count as u64);
}

/// Writes bytes after their length.
pub(super) fn sized(to: &mut Vec<u8>, bytes: &[u8]) {
    count(to, bytes.len());
    to.extend_from_slice(bytes);
}

pub(super) fn text(to: &mut Vec<u8>, text: &str) {
    sized(to, text.as_bytes());
}

fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}
