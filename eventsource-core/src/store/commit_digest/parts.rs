//! The parts of a commit as bytes to be hashed. Each part is preceded by its length, so that different commits
//! have different bytes.

use crate::values::{Metadata, Tag};

pub(super) fn tags(encoded: &mut Vec<u8>, tags: &[Tag]) {
    number(encoded, tags.len());
    for tag in tags {
        sized(encoded, tag.as_str().as_bytes());
    }
}

pub(super) fn metadata(encoded: &mut Vec<u8>, metadata: &Metadata) {
    for text in metadata.texts() {
        optional(encoded, text.map(str::as_bytes));
    }
    let occurred_at = metadata
        .occurred_at
        .map(|time| time.as_micros().to_le_bytes());
    optional(encoded, occurred_at.as_ref().map(<[u8; 8]>::as_slice));
    number(encoded, metadata.entries.len());
    for (key, value) in &metadata.entries {
        sized(encoded, key.as_bytes());
        sized(encoded, value.as_bytes());
    }
}

fn optional(encoded: &mut Vec<u8>, value: Option<&[u8]>) {
    encoded.push(u8::from(value.is_some()));
    sized(encoded, value.unwrap_or_default());
}

pub(super) fn sized(encoded: &mut Vec<u8>, bytes: &[u8]) {
    number(encoded, bytes.len());
    encoded.extend_from_slice(bytes);
}

pub(super) fn number(encoded: &mut Vec<u8>, number: usize) {
    encoded.extend_from_slice(&(number as u64).to_le_bytes());
}
