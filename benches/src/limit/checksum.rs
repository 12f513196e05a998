//! What the columns `digest` and `checksum` hold.

use crc32fast::Hasher;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::CATEGORY;

/// The SHA-256 of all that a commit says.
pub(crate) fn digest(root_id: Uuid, events: &[(&'static str, String)]) -> [u8; 32] {
    let mut hashed = Vec::with_capacity(256 * events.len());
    text(&mut hashed, CATEGORY);
    hashed.extend_from_slice(root_id.as_bytes());
    for (name, payload) in events {
        text(&mut hashed, name);
        text(&mut hashed, payload);
    }
    Sha256::digest(&hashed).into()
}

fn text(hashed: &mut Vec<u8>, text: &str) {
    hashed.extend_from_slice(&text.len().to_le_bytes());
    hashed.extend_from_slice(text.as_bytes());
}

/// The CRC-32 of a row of `types`.
pub(crate) fn of_type(number: i64, name: &str) -> u32 {
    of([number], [name.as_bytes()])
}

/// The CRC-32 of the numbers of a row and the rest of it.
pub(crate) fn of<const N: usize, const T: usize>(numbers: [i64; N], rest: [&[u8]; T]) -> u32 {
    let mut sum = Hasher::new();
    sum.update(numbers.map(i64::to_le_bytes).as_flattened());
    for rest in rest {
        sum.update(rest);
    }
    sum.finalize()
}
