//! The error of a stored event that cannot be decoded.

use crate::codec::DecodeError;
use crate::store::StoredEvent;
use crate::values::{Position, StreamId};

/// The error of a stored event that cannot be decoded, with its stream and position.
///
/// [Example](crate::bus#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event `{name}` at position {position} ({stream}, version {version}) cannot be read")]
#[non_exhaustive]
pub struct UndecodableEvent {
    /// The stored name.
    pub name: String,
    /// The position of the event.
    pub position: Position,
    /// The stream of the event.
    pub stream: StreamId,
    /// The version of the event in its stream.
    pub version: u64,
    /// The reason.
    pub source: DecodeError,
}

impl UndecodableEvent {
    /// Creates the error of this event.
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
