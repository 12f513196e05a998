//! A state, stored.

use super::fingerprint::Fingerprint;
use super::revision::Revision;
use crate::values::{Payload, StreamId};

/// The state of an aggregate at a revision, as a store keeps it: for each stream and fingerprint
/// the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// Which programs can read it.
    pub fingerprint: Fingerprint,
    /// Where the stream stood.
    pub revision: Revision,
    /// The state.
    pub state: Payload,
}

impl Snapshot {
    /// A snapshot of a stream at a revision.
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
