//! The metadata of a commit as bytes.

use crate::values::{Metadata, Timestamp};
use crate::wire::error::WireError;
use crate::wire::reader::Reader;
use crate::wire::writer::{count, text};

/// The bits of the first byte. Bits 0 to 5 are the texts in the order of [`Metadata::texts`].
const OCCURRED_AT: u8 = 1 << 6;
const ENTRIES: u8 = 1 << 7;

pub(super) fn write(to: &mut Vec<u8>, metadata: &Metadata) {
    to.push(fields(metadata));
    for it in metadata.texts().into_iter().flatten() {
        text(to, it);
    }
    if let Some(time) = metadata.occurred_at {
        to.extend_from_slice(&time.as_micros().to_le_bytes());
    }
    if !metadata.entries.is_empty() {
        count(to, metadata.entries.len());
    }
    for (key, value) in &metadata.entries {
        text(to, key);
        text(to, value);
    }
}

/// The bits of the fields that are set.
fn fields(metadata: &Metadata) -> u8 {
    let texts = metadata.texts().map(|text| text.is_some());
    let texts = (0..)
        .zip(texts)
        .map(|(bit, is_there)| u8::from(is_there) << bit);
    let occurred_at = metadata.occurred_at.map_or(0, |_| OCCURRED_AT);
    let entries = if metadata.entries.is_empty() {
        0
    } else {
        ENTRIES
    };
    texts.sum::<u8>() | occurred_at | entries
}

pub(super) fn read(from: &mut Reader<'_>) -> Result<Metadata, WireError> {
    let fields = from.byte()?;
    let mut metadata = Metadata::new();
    let texts = [
        &mut metadata.actor,
        &mut metadata.on_behalf_of,
        &mut metadata.reason,
        &mut metadata.correlation,
        &mut metadata.causation,
        &mut metadata.traceparent,
    ];
    for (bit, field) in texts.into_iter().enumerate() {
        if fields & (1 << bit) != 0 {
            *field = Some(from.text()?.to_owned());
        }
    }
    if fields & OCCURRED_AT != 0 {
        let time = i64::from_le_bytes(from.array()?);
        metadata.occurred_at = Some(Timestamp::from_micros(time));
    }
    if fields & ENTRIES != 0 {
        read_entries(from, &mut metadata)?;
    }
    Ok(metadata)
}

/// Skips the metadata, without checking the order of the entries.
pub(super) fn skip(from: &mut Reader<'_>) -> Result<(), WireError> {
    let fields = from.byte()?;
    let texts = fields & !(OCCURRED_AT | ENTRIES);
    for _ in 0..texts.count_ones() {
        from.sized()?;
    }
    if fields & OCCURRED_AT != 0 {
        from.array::<8>()?;
    }
    if fields & ENTRIES != 0 {
        for _ in 0..from.count(2)? {
            from.sized()?; // the key
            from.sized()?; // the value
        }
    }
    Ok(())
}

fn read_entries(from: &mut Reader<'_>, metadata: &mut Metadata) -> Result<(), WireError> {
    let count = from.count(2)?;
    if count == 0 {
        return Err(from.malformed("the metadata have no entries, and say that they have"));
    }
    let mut last = None;
    for _ in 0..count {
        let (key, value) = (from.text()?, from.text()?);
        if last.is_some_and(|last| last >= key) {
            return Err(from.malformed("the keys of the metadata do not rise"));
        }
        last = Some(key);
        metadata.entries.insert(key.to_owned(), value.to_owned());
    }
    Ok(())
}
