//! Encoding 1: one hash over the whole commit, so no part can be replaced by its hash.

use sha2::{Digest as _, Sha256};

use super::parts::{metadata, number, sized, tags};
use crate::store::commit::Commit;
use crate::store::new_event::NewEvent;

pub(super) fn hash(commit: &Commit) -> [u8; 32] {
    let payloads: usize = commit.events.iter().map(|event| event.payload.len()).sum();
    let mut encoded = Vec::with_capacity(256 * (commit.events.len() + 1) + payloads);
    encoded.push(1);
    number(&mut encoded, commit.events.len());
    for event in &commit.events {
        encode_event(&mut encoded, event);
    }
    metadata(&mut encoded, &commit.metadata);
    Sha256::digest(&encoded).into()
}

fn encode_event(encoded: &mut Vec<u8>, event: &NewEvent) {
    sized(encoded, event.stream.tenant().as_bytes());
    sized(encoded, event.stream.category().as_bytes());
    sized(encoded, event.stream.root_id().as_bytes());
    sized(encoded, event.name.as_bytes());
    encoded.extend_from_slice(&event.schema.to_le_bytes());
    sized(encoded, event.codec.name().as_bytes());
    sized(encoded, &event.payload);
    tags(encoded, &event.tags);
}
