//! Decoding an envelope.

use uuid::Uuid;

use super::dictionary::{FirstUses, are_distinct};
use super::{
    CODECS, CommitEnvelope, PRESENT, Slot, StoredType, TAG_BYTES, content_bytes, metadata, to_u32,
};
use crate::codec::Codec;
use crate::store::{Digest, DigestEncoding};
use crate::values::{StreamId, Timestamp};
use crate::wire::error::WireError;
use crate::wire::reader::Reader;

/// The minimum bytes of a stream, a type, a tag and an event.
pub(super) const STREAM: usize = 1 + size_of::<Uuid>() + 1;
pub(super) const TYPE: usize = 3;
pub(super) const TAG: usize = 1;
pub(super) const EVENT: usize = 5;

pub(super) fn decode(bytes: &[u8]) -> Result<CommitEnvelope<'_>, WireError> {
    let mut from = Reader::new(checked(bytes)?);
    from.byte()?; // the version
    let id = Uuid::from_bytes(from.array()?);
    let recorded_at = Timestamp::from_micros(i64::from_le_bytes(from.array()?));
    let digest = read_digest(&mut from)?;
    let tenant = from.text()?;
    let mut envelope = CommitEnvelope {
        id,
        recorded_at,
        digest,
        metadata: metadata::read(&mut from)?,
        streams: Vec::new(),
        types: Vec::new(),
        tags: Vec::new(),
        tagged: Vec::new(),
        slots: Vec::new(),
    };
    let versions = read_streams(&mut from, tenant, &mut envelope.streams)?;
    envelope.types = read_types(&mut from)?;
    envelope.tags = read_tags(&mut from)?;
    read_events(&mut from, versions, &mut envelope)?;
    from.end()?;
    Ok(envelope)
}

/// Checks the version and the checksum, and returns the bytes without the checksum. The version is checked
/// first, since another version may have its checksum elsewhere.
pub(super) fn checked(bytes: &[u8]) -> Result<&[u8], WireError> {
    match bytes.first() {
        None => return Err(WireError::Empty),
        Some(&CommitEnvelope::VERSION) => {}
        Some(&version) => return Err(WireError::UnknownVersion { version }),
    }
    let (bytes, checksum) = bytes.split_last_chunk().ok_or(WireError::Checksum)?;
    if crc32fast::hash(bytes) != u32::from_le_bytes(*checksum) {
        return Err(WireError::Checksum);
    }
    Ok(bytes)
}

pub(super) fn read_digest(from: &mut Reader<'_>) -> Result<Digest, WireError> {
    let number = from.byte()?;
    match DigestEncoding::from_number(number) {
        Some(DigestEncoding::Tree) => Ok(Digest::from_bytes(DigestEncoding::Tree, from.array()?)),
        _ => Err(WireError::UnknownDigestEncoding { number }),
    }
}

/// Reads the streams, and the version of the first event of each.
fn read_streams(
    from: &mut Reader<'_>,
    tenant: &str,
    streams: &mut Vec<StreamId>,
) -> Result<Vec<u64>, WireError> {
    let count = from.count(STREAM)?;
    streams.reserve_exact(count);
    let mut versions = Vec::with_capacity(count);
    for _ in 0..count {
        let category = from.text()?.to_owned();
        let root_id = Uuid::from_bytes(from.array()?);
        // The name of the tenant is allocated once.
        streams.push(match streams.first() {
            Some(first) => first.of_same_tenant(category, root_id),
            None => StreamId::new(category, root_id).in_tenant(tenant.to_owned()),
        });
        let version = from.number()?;
        if version == 0 {
            return Err(from.malformed("a version is 0"));
        }
        versions.push(version);
    }
    if !are_distinct(streams) {
        return Err(from.malformed("a stream is there twice"));
    }
    Ok(versions)
}

fn read_types<'a>(from: &mut Reader<'a>) -> Result<Vec<StoredType<'a>>, WireError> {
    let count = from.count(TYPE)?;
    let mut types = Vec::with_capacity(count);
    for _ in 0..count {
        types.push(StoredType {
            name: from.text()?,
            schema: from.u32()?,
            codec: read_codec(from)?,
        });
    }
    if !are_distinct(&types) {
        return Err(from.malformed("a type is there twice"));
    }
    Ok(types)
}

fn read_codec(from: &mut Reader<'_>) -> Result<Codec, WireError> {
    let number = from.byte()?;
    let codec = CODECS.iter().find(|(it, _)| *it == number);
    codec
        .map(|(_, codec)| *codec)
        .ok_or(WireError::UnknownCodec { number })
}

fn read_tags<'a>(from: &mut Reader<'a>) -> Result<Vec<&'a str>, WireError> {
    let count = from.count(TAG)?;
    let mut tags = Vec::with_capacity(count);
    for _ in 0..count {
        tags.push(from.text()?);
    }
    if !are_distinct(&tags) {
        return Err(from.malformed("a tag is there twice"));
    }
    Ok(tags)
}

fn read_events<'a>(
    from: &mut Reader<'a>,
    mut versions: Vec<u64>,
    envelope: &mut CommitEnvelope<'a>,
) -> Result<(), WireError> {
    let count = from.count(EVENT)?;
    if count == 0 {
        return Err(from.malformed("there are no events"));
    }
    let mut streams = FirstUses::of(envelope.streams.len());
    let mut types = FirstUses::of(envelope.types.len());
    let mut tags = FirstUses::of(envelope.tags.len());
    let mut bytes = 0_usize;
    envelope.slots.reserve_exact(count);
    for _ in 0..count {
        let stream = read_index(from, &mut streams)?;
        let stored_type = read_index(from, &mut types)?;
        let first_tag = envelope.tagged.len();
        for _ in 0..from.count(TAG)? {
            let tag = read_index(from, &mut tags)?;
            envelope.tagged.push(tag);
            let tag = envelope.tags[tag as usize];
            bytes = bytes.saturating_add(tag.len() + TAG_BYTES);
        }
        match from.byte()? {
            PRESENT => {}
            state => return Err(WireError::UnknownPayloadState { state }),
        }
        let payload = from.sized()?;
        let of = &envelope.streams[stream as usize];
        let name = envelope.types[stored_type as usize].name;
        bytes = bytes.saturating_add(content_bytes(of, name, payload));
        if bytes > CommitEnvelope::CONTENT_BYTES {
            return Err(from.malformed("the events are larger than an envelope takes"));
        }
        envelope.slots.push(Slot {
            stream,
            stored_type,
            version: next_version(from, &mut versions[stream as usize])?,
            tags: to_u32(first_tag)..to_u32(envelope.tagged.len()),
            payload,
        });
    }
    if !(streams.are_complete() && types.are_complete() && tags.are_complete()) {
        return Err(from.malformed("a stream, a type or a tag is not used"));
    }
    Ok(())
}

fn read_index(from: &mut Reader<'_>, uses: &mut FirstUses) -> Result<u32, WireError> {
    let index = from.u32()?;
    if !uses.allow(index) {
        return Err(from.malformed("an index is not that of the next first use"));
    }
    Ok(index)
}

fn next_version(from: &Reader<'_>, next: &mut u64) -> Result<u64, WireError> {
    let version = *next;
    let following = version.checked_add(1);
    *next = following.ok_or_else(|| from.malformed("a version is larger than `u64::MAX`"))?;
    Ok(version)
}
