//! Encoding 2: a tree of hashes. The hash of an event contains the hash of its payload, and the hash of a commit
//! those of its events. So the digest can be computed if a payload or an event is known only by its hash.
//!
//! The hashed bytes start with the number of the encoding and a letter for the kind of node, so that a payload,
//! an event and a commit never have the same hash.

use sha2::{Digest as _, Sha256};

use super::parts::{metadata, number, sized};
use crate::codec::Codec;
use crate::values::{Metadata, StreamId};

const ENCODING: u8 = 2;
const PAYLOAD: [u8; 2] = [ENCODING, b'p'];
const EVENT: [u8; 2] = [ENCODING, b'e'];
const COMMIT: [u8; 2] = [ENCODING, b'c'];

/// The estimated bytes of an event that are hashed, without its payload.
const OF_EVENT: usize = 256;
/// The bytes that are buffered before they are hashed.
const AT_ONCE: usize = 4_096;

/// An event without its payload.
pub(crate) struct EventContent<'a, T> {
    pub(crate) stream: &'a StreamId,
    pub(crate) name: &'a str,
    pub(crate) schema: u32,
    pub(crate) codec: Codec,
    pub(crate) tags: T,
}

impl<'a, T: ExactSizeIterator<Item = &'a str>> EventContent<'a, T> {
    /// The hash of the event with this payload.
    #[cfg(feature = "store-author")]
    pub(crate) fn hash(self, payload: &[u8]) -> [u8; 32] {
        self.hash_with(&of_payload(payload))
    }

    /// The hash of the event with a payload that is given by its hash.
    pub(crate) fn hash_with(self, payload: &[u8; 32]) -> [u8; 32] {
        let mut encoded = Vec::with_capacity(OF_EVENT);
        encoded.extend_from_slice(&EVENT);
        sized(&mut encoded, self.stream.tenant().as_bytes());
        sized(&mut encoded, self.stream.category().as_bytes());
        sized(&mut encoded, self.stream.root_id().as_bytes());
        sized(&mut encoded, self.name.as_bytes());
        encoded.extend_from_slice(&self.schema.to_le_bytes());
        sized(&mut encoded, self.codec.name().as_bytes());
        encoded.extend_from_slice(payload);
        number(&mut encoded, self.tags.len());
        let mut hash = Sha256::new();
        for tag in self.tags {
            sized(&mut encoded, tag.as_bytes());
            // An envelope may name one tag many times in a few bytes.
            if encoded.len() >= AT_ONCE {
                hash.update(&encoded);
                encoded.clear();
            }
        }
        hash.chain_update(&encoded).finalize().into()
    }
}

pub(super) fn of_payload(payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(PAYLOAD);
    hash.update((payload.len() as u64).to_le_bytes());
    hash.update(payload);
    hash.finalize().into()
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
