//! An event that cannot be read.

use crate::codec::DecodeError;
use crate::store::StoredEvent;
use crate::values::{Position, StreamId};

/// That a stored event could not be read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event `{name}` at position {position} ({stream}, version {version}) cannot be read")]
#[non_exhaustive]
pub struct UndecodableEvent {
    /// The stored name.
    pub name: String,
    /// Where it stands in the store.
    pub position: Position,
    /// The stream it is in.
    pub stream: StreamId,
    /// Its version there.
    pub version: u64,
    /// Why.
    pub source: DecodeError,
}

impl UndecodableEvent {
    /// That this event could not be read.
    #[must_use]
    pub fn new(event: &StoredEvent<'_>, source: DecodeError) -> Box<Self> {
        Box::new(Self {
            name: event.name.to_owned(),
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
            source,
        })
    }
}
