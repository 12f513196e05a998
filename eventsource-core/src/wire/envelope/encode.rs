//! Encoding an envelope.

use super::dictionary::Dictionary;
use super::{CODECS, CommitEnvelope, PRESENT, StoredType, TAG_BYTES, content_bytes, metadata};
use crate::codec::Codec;
use crate::store::{Commit, Digest, NewEvent};
use crate::values::{StreamId, Tag, Timestamp};
use crate::wire::error::WireError;
use crate::wire::writer::{count, number, sized, text};

/// The estimated bytes of an envelope without its events, and of an event without its payload.
const COMMIT: usize = 160;
const EVENT: usize = 8;

pub(super) fn encode(
    (commit, digest): (&Commit, Digest),
    recorded_at: Timestamp,
    first_version: impl FnMut(&StreamId) -> u64,
) -> Result<Vec<u8>, WireError> {
    let refused = |reason| WireError::NotEncodable {
        commit_id: commit.id,
        reason,
    };
    let Some(first) = commit.events.first() else {
        return Err(refused("it has no events"));
    };
    let tenant = first.stream.tenant();
    let content = Content::of(commit);
    let versions = content.first_versions(first_version);
    content.check(tenant, &versions).map_err(refused)?;

    let payloads: usize = commit.events.iter().map(|event| event.payload.len()).sum();
    let mut bytes = Vec::with_capacity(COMMIT + EVENT * commit.events.len() + payloads);
    bytes.push(CommitEnvelope::VERSION);
    bytes.extend_from_slice(commit.id.as_bytes());
    bytes.extend_from_slice(&recorded_at.as_micros().to_le_bytes());
    bytes.push(digest.encoding().number());
    bytes.extend_from_slice(digest.as_bytes());
    text(&mut bytes, tenant);
    metadata::write(&mut bytes, &commit.metadata);
    content.write_dictionaries(&mut bytes, &versions);
    content.write_events(&mut bytes, &commit.events);
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// The dictionaries of a commit, and the indices that its events use.
struct Content<'c> {
    streams: Dictionary<&'c StreamId>,
    types: Dictionary<StoredType<'c>>,
    tags: Dictionary<&'c str>,
    /// The indices of the stream and of the type of each event.
    events: Vec<(usize, usize)>,
    /// The indices of the tags of all events, one event after the other.
    tagged: Vec<usize>,
    bytes: usize,
}

impl<'c> Content<'c> {
    fn of(commit: &'c Commit) -> Self {
        let mut content = Self {
            streams: Dictionary::new(),
            types: Dictionary::new(),
            tags: Dictionary::new(),
            events: Vec::with_capacity(commit.events.len()),
            tagged: Vec::new(),
            bytes: 0,
        };
        commit.events.iter().for_each(|event| content.add(event));
        content
    }

    fn add(&mut self, event: &'c NewEvent) {
        let stored_type = StoredType {
            name: &event.name,
            schema: event.schema,
            codec: event.codec,
        };
        let stream = self.streams.index_of(&event.stream);
        self.events.push((stream, self.types.index_of(stored_type)));
        self.bytes += content_bytes(&event.stream, &event.name, &event.payload);
        for tag in event.tags.iter().map(Tag::as_str) {
            self.tagged.push(self.tags.index_of(tag));
            self.bytes += tag.len() + TAG_BYTES;
        }
    }

    fn first_versions(&self, mut first_version: impl FnMut(&StreamId) -> u64) -> Vec<u64> {
        let streams = self.streams.values().iter();
        streams.map(|stream| first_version(stream)).collect()
    }

    fn check(&self, tenant: &str, versions: &[u64]) -> Result<(), &'static str> {
        let mut streams = self.streams.values().iter();
        if !streams.all(|stream| stream.tenant() == tenant) {
            return Err("it writes streams of several tenants");
        }
        if self.bytes > CommitEnvelope::CONTENT_BYTES {
            return Err("its events are larger than `CommitEnvelope::CONTENT_BYTES`");
        }
        let mut events = vec![0_u64; versions.len()];
        self.events
            .iter()
            .for_each(|&(stream, _)| events[stream] += 1);
        let mut versions = versions.iter().zip(events);
        if versions.any(|(&first, events)| first == 0 || first.checked_add(events).is_none()) {
            return Err("a version is 0, or is larger than `u64::MAX`");
        }
        Ok(())
    }

    fn write_dictionaries(&self, to: &mut Vec<u8>, versions: &[u64]) {
        count(to, self.streams.values().len());
        for (stream, version) in self.streams.values().iter().zip(versions) {
            text(to, stream.category());
            to.extend_from_slice(stream.root_id().as_bytes());
            number(to, *version);
        }
        count(to, self.types.values().len());
        for stored_type in self.types.values() {
            text(to, stored_type.name);
            number(to, stored_type.schema.into());
            to.push(number_of(stored_type.codec));
        }
        count(to, self.tags.values().len());
        for tag in self.tags.values() {
            text(to, tag);
        }
    }

    fn write_events(&self, to: &mut Vec<u8>, events: &[NewEvent]) {
        let mut tagged = self.tagged.iter();
        count(to, events.len());
        for (event, &(stream, stored_type)) in events.iter().zip(&self.events) {
            count(to, stream);
            count(to, stored_type);
            count(to, event.tags.len());
            for &tag in tagged.by_ref().take(event.tags.len()) {
                count(to, tag);
            }
            to.push(PRESENT);
            sized(to, &event.payload);
        }
    }
}

fn number_of(codec: Codec) -> u8 {
    let found = CODECS.iter().find(|(_, it)| *it == codec);
    found.expect("each codec has a number").0
}
