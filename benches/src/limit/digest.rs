//! The content of the column `digest`: a hash of the hashes of the events, each of which includes the
//! hash of its payload.

use sha2::{Digest as _, Sha256};

use super::CATEGORY;
use super::writer::{Commit, NewEvent};

/// The number of this encoding.
pub(crate) const ENCODING: u8 = 2;

/// The SHA-256 of all that a commit says, which has no metadata.
pub(crate) fn digest(commit: &Commit) -> [u8; 32] {
    let events = commit.streams.iter().map(|part| part.events.len()).sum();
    let mut hashed = Vec::with_capacity(128 + 32 * events);
    hashed.extend_from_slice(&[ENCODING, b'c']);
    number(&mut hashed, events);
    for part in &commit.streams {
        for event in &part.events {
            hashed.extend_from_slice(&of_event(part.root_id.as_bytes(), event));
        }
    }
    // Six texts and a time, of which none is there, and no entries.
    for _ in 0..7 {
        hashed.push(0);
        number(&mut hashed, 0);
    }
    number(&mut hashed, 0);
    Sha256::digest(&hashed).into()
}

fn of_event(root_id: &[u8], event: &NewEvent) -> [u8; 32] {
    let mut hashed = Vec::with_capacity(256);
    hashed.extend_from_slice(&[ENCODING, b'e']);
    sized(&mut hashed, b"");
    sized(&mut hashed, CATEGORY.as_bytes());
    sized(&mut hashed, root_id);
    sized(&mut hashed, event.name.as_bytes());
    hashed.extend_from_slice(&1_u32.to_le_bytes());
    sized(&mut hashed, b"json");
    hashed.extend_from_slice(&of_payload(event.payload.as_bytes()));
    number(&mut hashed, event.tags.len());
    for tag in &event.tags {
        sized(&mut hashed, tag.as_str().as_bytes());
    }
    Sha256::digest(&hashed).into()
}

fn of_payload(payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix([ENCODING, b'p']);
    hash.update((payload.len() as u64).to_le_bytes());
    hash.update(payload);
    hash.finalize().into()
}

fn sized(hashed: &mut Vec<u8>, bytes: &[u8]) {
    number(hashed, bytes.len());
    hashed.extend_from_slice(bytes);
}

fn number(hashed: &mut Vec<u8>, number: usize) {
    hashed.extend_from_slice(&(number as u64).to_le_bytes());
}
