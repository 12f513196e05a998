//! Encoding 2: the hash of each payload is in the hash of its event, and the hashes of the events are
//! in that of the commit. So the digest of a commit can be made again where a payload, or an event, is
//! known by its hash alone.
//!
//! What is hashed begins with the number of the encoding and with a letter for what it is, so that the
//! hash of one thing is never that of another.

use sha2::{Digest as _, Sha256};

use super::parts::{metadata, number, sized, tags};
use crate::store::new_event::NewEvent;
use crate::values::Metadata;

const ENCODING: u8 = 2;
const PAYLOAD: [u8; 2] = [ENCODING, b'p'];
const EVENT: [u8; 2] = [ENCODING, b'e'];
const COMMIT: [u8; 2] = [ENCODING, b'c'];

/// About how many bytes of an event are hashed beside its payload.
const OF_EVENT: usize = 256;

pub(super) fn of_payload(payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(PAYLOAD);
    hash.update((payload.len() as u64).to_le_bytes());
    hash.update(payload);
    hash.finalize().into()
}

pub(super) fn of_event(event: &NewEvent, payload: &[u8; 32]) -> [u8; 32] {
    let mut encoded = Vec::with_capacity(OF_EVENT);
    encoded.extend_from_slice(&EVENT);
    sized(&mut encoded, event.stream.tenant().as_bytes());
    sized(&mut encoded, event.stream.category().as_bytes());
    sized(&mut encoded, event.stream.root_id().as_bytes());
    sized(&mut encoded, event.name.as_bytes());
    encoded.extend_from_slice(&event.schema.to_le_bytes());
    sized(&mut encoded, event.codec.name().as_bytes());
    encoded.extend_from_slice(payload);
    tags(&mut encoded, &event.tags);
    Sha256::digest(&encoded).into()
}

pub(super) fn of_commit(
    events: impl ExactSizeIterator<Item = [u8; 32]>,
    of: &Metadata,
) -> [u8; 32] {
    let mut encoded = Vec::with_capacity(OF_EVENT + 32 * events.len());
    encoded.extend_from_slice(&COMMIT);
    number(&mut encoded, events.len());
    for event in events {
        encoded.extend_from_slice(&event);
    }
    metadata(&mut encoded, of);
    Sha256::digest(&encoded).into()
}
