//! The header of a commit, without its metadata.

use uuid::Uuid;

use super::decode::{EVENT, STREAM, TAG, TYPE, checked, read_digest};
use super::{CommitEnvelope, metadata};
use crate::store::CommitHeader;
use crate::values::{Position, Timestamp};
use crate::wire::error::WireError;
use crate::wire::reader::Reader;

pub(super) fn without_metadata(envelope: &CommitEnvelope<'_>, first: Position) -> CommitHeader {
    let events = envelope.event_count();
    CommitHeader::new(
        envelope.id,
        first,
        events,
        envelope.recorded_at,
        envelope.digest,
    )
}

/// Reads the start and the number of events, and skips the parts between them.
pub(super) fn decode(bytes: &[u8], first: Position) -> Result<CommitHeader, WireError> {
    let mut from = Reader::new(checked(bytes)?);
    from.byte()?; // the version
    let id = Uuid::from_bytes(from.array()?);
    let recorded_at = Timestamp::from_micros(i64::from_le_bytes(from.array()?));
    let digest = read_digest(&mut from)?;
    from.sized()?; // the tenant
    metadata::skip(&mut from)?;
    skip_dictionaries(&mut from)?;
    let events = from.count(EVENT)?;
    if events == 0 {
        return Err(from.malformed("there are no events"));
    }
    let events = u32::try_from(events);
    let events = events.map_err(|_| from.malformed("there are more events than 32 bits tell"))?;
    Ok(CommitHeader::new(id, first, events, recorded_at, digest))
}

fn skip_dictionaries(from: &mut Reader<'_>) -> Result<(), WireError> {
    for _ in 0..from.count(STREAM)? {
        from.sized()?; // the category
        from.array::<{ size_of::<Uuid>() }>()?;
        from.number()?; // the version
    }
    for _ in 0..from.count(TYPE)? {
        from.sized()?; // the name
        from.number()?; // the schema
        from.byte()?; // the codec
    }
    for _ in 0..from.count(TAG)? {
        from.sized()?;
    }
    Ok(())
}
