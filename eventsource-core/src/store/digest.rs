//! What a commit holds, as 32 bytes.

use sha2::{Digest as _, Sha256};

use super::commit::Commit;
use super::new_event::NewEvent;
use crate::values::Metadata;

/// The first byte of what is hashed, to be raised whenever the encoding below changes.
const ENCODING: u8 = 1;

impl Commit {
    /// The SHA-256 of the commit's events and metadata, in an encoding in which every part is
    /// preceded by its length, so that no two commits are written alike. The id and the
    /// expectations are not part of it.
    ///
    /// A store keeps it beside the commit: the same commit id with another digest is another
    /// commit, and stored bytes that no longer have their digest were changed.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let payloads: usize = self.events.iter().map(|event| event.payload.len()).sum();
        let mut encoded = Vec::with_capacity(256 * (self.events.len() + 1) + payloads);
        encoded.push(ENCODING);
        number(&mut encoded, self.events.len());
        for event in &self.events {
            encode_event(&mut encoded, event);
        }
        encode_metadata(&mut encoded, &self.metadata);
        Sha256::digest(&encoded).into()
    }
}

fn encode_event(encoded: &mut Vec<u8>, event: &NewEvent) {
    bytes(encoded, event.stream.tenant().as_bytes());
    bytes(encoded, event.stream.category().as_bytes());
    bytes(encoded, event.stream.root_id().as_bytes());
    bytes(encoded, event.name.as_bytes());
    encoded.extend_from_slice(&event.schema.to_le_bytes());
    bytes(encoded, event.codec.name().as_bytes());
    bytes(encoded, &event.payload);
    number(encoded, event.tags.len());
    for tag in &event.tags {
        bytes(encoded, tag.as_str().as_bytes());
    }
}

fn encode_metadata(encoded: &mut Vec<u8>, metadata: &Metadata) {
    for text in metadata.texts() {
        optional(encoded, text.map(str::as_bytes));
    }
    let occurred_at = metadata
        .occurred_at
        .map(|time| time.as_micros().to_le_bytes());
    optional(encoded, occurred_at.as_ref().map(<[u8; 8]>::as_slice));
    number(encoded, metadata.entries.len());
    for (key, value) in &metadata.entries {
        bytes(encoded, key.as_bytes());
        bytes(encoded, value.as_bytes());
    }
}

fn optional(encoded: &mut Vec<u8>, value: Option<&[u8]>) {
    encoded.extend_from_slice(&[u8::from(value.is_some())]);
    bytes(encoded, value.unwrap_or_default());
}

fn bytes(encoded: &mut Vec<u8>, bytes: &[u8]) {
    number(encoded, bytes.len());
    encoded.extend_from_slice(bytes);
}

fn number(encoded: &mut Vec<u8>, number: usize) {
    encoded.extend_from_slice(&(number as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::codec::Codec;
    use crate::store::commit::Commit;
    use crate::store::new_event::NewEvent;
    use crate::values::{Metadata, StreamId, Tag, Timestamp};

    /// Whatever this is, it is in stores: another digest would make every commit a changed one.
    #[test]
    fn the_digest_of_a_commit_never_changes() {
        let stream = StreamId::new("cart", Uuid::from_u128(7)).in_tenant("acme");
        let event = NewEvent::new(stream, "cart.added", 2, Codec::Json, b"{}".to_vec());
        let metadata = Metadata::new()
            .actor("ann")
            .occurred_at(Timestamp::from_micros(-1))
            .entry("till", "3");
        let event = event.tagged(vec![Tag::new("sku", "tea")]);
        let commit = Commit::new(Uuid::from_u128(1), vec![event]).metadata(metadata);
        let digest = commit.digest().map(|byte| format!("{byte:02x}")).concat();
        let expected = "a00a1c790fddf114c27b83a2208b0f169f8db0310c18c436954415499277b890";
        assert_eq!(digest, expected);
    }
}
