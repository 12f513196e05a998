//! What a commit holds, as 32 bytes.

use sha2::{Digest as _, Sha256};

use crate::{Commit, Metadata, NewEvent};

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
        let mut hash = Sha256::new();
        hash.update([ENCODING]);
        number(&mut hash, self.events.len());
        for event in &self.events {
            hash_event(&mut hash, event);
        }
        hash_metadata(&mut hash, &self.metadata);
        hash.finalize().into()
    }
}

fn hash_event(hash: &mut Sha256, event: &NewEvent) {
    bytes(hash, event.stream.tenant().as_bytes());
    bytes(hash, event.stream.category().as_bytes());
    bytes(hash, event.stream.root_id().as_bytes());
    bytes(hash, event.name.as_bytes());
    hash.update(event.schema.to_le_bytes());
    bytes(hash, event.codec.name().as_bytes());
    bytes(hash, &event.payload);
    number(hash, event.tags.len());
    for tag in &event.tags {
        bytes(hash, tag.as_str().as_bytes());
    }
}

fn hash_metadata(hash: &mut Sha256, metadata: &Metadata) {
    let texts = [
        &metadata.actor,
        &metadata.on_behalf_of,
        &metadata.reason,
        &metadata.correlation,
        &metadata.causation,
        &metadata.traceparent,
    ];
    for text in texts {
        optional(hash, text.as_deref().map(str::as_bytes));
    }
    let occurred_at = metadata
        .occurred_at
        .map(|time| time.as_micros().to_le_bytes());
    optional(hash, occurred_at.as_ref().map(<[u8; 8]>::as_slice));
    number(hash, metadata.entries.len());
    for (key, value) in &metadata.entries {
        bytes(hash, key.as_bytes());
        bytes(hash, value.as_bytes());
    }
}

fn optional(hash: &mut Sha256, value: Option<&[u8]>) {
    hash.update([u8::from(value.is_some())]);
    bytes(hash, value.unwrap_or_default());
}

fn bytes(hash: &mut Sha256, bytes: &[u8]) {
    number(hash, bytes.len());
    hash.update(bytes);
}

fn number(hash: &mut Sha256, number: usize) {
    hash.update((number as u64).to_le_bytes());
}
