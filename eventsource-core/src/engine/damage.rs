//! Damage that a read finds.

use crate::values::{Position, StreamId};

/// A contradiction in the data of a store, which damaged tables or indexes cause. The store adds to the
/// message where its files are, and what to do.
///
/// [Example](crate::engine#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The events of a log are not in the order of their positions.
    #[error("the event at position {position} comes behind position {last}")]
    OutOfOrder {
        /// The position of the event.
        position: Position,
        /// The position before it.
        last: Position,
    },
    /// An event does not match the query.
    #[error("an index leads to the event at position {position}, which does not match")]
    NoMatch {
        /// The position of the event.
        position: Position,
    },
    /// The positions of the events of a stream are in another order than its versions.
    #[error("the events of stream {stream} are not in order at position {position}")]
    StreamOutOfOrder {
        /// The stream.
        stream: Box<StreamId>,
        /// The position of an event of it.
        position: Position,
    },
    /// A version of a stream is missing.
    #[error("version {version} of stream {stream} is missing, which has {last}")]
    MissingVersion {
        /// The stream.
        stream: Box<StreamId>,
        /// The version.
        version: u64,
        /// The last version of the stream.
        last: u64,
    },
    /// A stream has an event after its last version.
    #[error("stream {stream} has more than its {last} versions")]
    ExtraVersion {
        /// The stream.
        stream: Box<StreamId>,
        /// The last version of the stream.
        last: u64,
    },
    /// A commit has changed since it was stored.
    #[error("the commit at position {first} is not what its digest was taken of")]
    OtherDigest {
        /// The position of its first event.
        first: Position,
    },
}
