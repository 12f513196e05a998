//! Stored snapshots.

use super::fingerprint::Fingerprint;
use super::revision::Revision;
use crate::values::{Payload, StreamId};

/// The stored state of an aggregate at a revision. A store has the newest one for each stream and fingerprint.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "memento")]
pub struct Snapshot {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// The fingerprint, by which programs find the snapshots that they can read.
    pub fingerprint: Fingerprint,
    /// The revision of the stream.
    pub revision: Revision,
    /// The state.
    pub state: Payload,
}

impl Snapshot {
    /// Creates a snapshot of a stream at a revision.
    #[must_use]
    pub fn new(
        stream: StreamId,
        fingerprint: Fingerprint,
        revision: Revision,
        state: Vec<u8>,
    ) -> Self {
        Self {
            stream,
            fingerprint,
            revision,
            state: state.into(),
        }
    }
}
