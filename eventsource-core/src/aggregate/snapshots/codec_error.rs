//! The error of a state that is no snapshot.

use crate::codec;

/// A state cannot be written as a snapshot, or a snapshot cannot be read as the state.
///
/// [Example](crate::aggregate#example).
#[derive(Debug, thiserror::Error)]
#[error("the snapshot of `{state}` cannot be {participle}")]
pub struct SnapshotCodecError {
    state: &'static str,
    participle: &'static str,
    source: serde_json::Error,
}

impl SnapshotCodecError {
    pub(super) fn writing<A>(source: serde_json::Error) -> Self {
        Self::of::<A>("written", source)
    }

    pub(super) fn reading<A>(source: serde_json::Error) -> Self {
        Self::of::<A>("read", source)
    }

    fn of<A>(participle: &'static str, source: serde_json::Error) -> Self {
        let state = std::any::type_name::<A>();
        Self {
            state,
            participle,
            source,
        }
    }

    /// The reason, without values of the state: for the log.
    pub(crate) fn reason(&self) -> String {
        codec::describe_json_error(&self.source)
    }
}
