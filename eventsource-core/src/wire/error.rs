//! Why bytes are no envelope.

use uuid::Uuid;

use crate::store::{StoreError, StoreErrorKind};

/// Why a commit was not written as an envelope, or not read from one. The text shows nothing of the
/// content.
///
/// ```
/// use eventsource_core::wire::{CommitEnvelope, WireError};
///
/// let error = CommitEnvelope::decode(&[9, 0, 0]).unwrap_err();
/// assert!(matches!(error, WireError::UnknownVersion { version: 9 }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// There are no bytes.
    #[error("the envelope of a commit is empty")]
    Empty,
    /// Another version of the format, which this program does not know.
    #[error("the envelope has version {version}, which this program does not know: update it")]
    UnknownVersion {
        /// The version that the envelope has.
        version: u8,
    },
    /// The bytes were changed or cut off: they do not have their checksum.
    #[error("the envelope does not have its checksum: it was changed or cut off")]
    Checksum,
    /// The bytes have their checksum, and do not follow the format.
    #[error("the envelope is malformed at byte {at}: {reason}")]
    Malformed {
        /// The index of the byte.
        at: usize,
        /// The rule of the format that is broken.
        reason: &'static str,
    },
    /// The digest of the commit is in an encoding that this version of the format does not have.
    #[error("the digest has the encoding {number}, which this program does not know: update it")]
    UnknownDigestEncoding {
        /// The number of the encoding.
        number: u8,
    },
    /// The payloads of some events are in a codec that this program does not know.
    #[error("a payload has the codec {number}, which this program does not know: update it")]
    UnknownCodec {
        /// The number of the codec.
        number: u8,
    },
    /// The payload of an event is not in the envelope, for a reason that this program does not know.
    #[error("a payload has the state {state}, which this program does not know: update it")]
    UnknownPayloadState {
        /// The number of the state.
        state: u8,
    },
    /// The events and the metadata are not those that the digest was made of.
    #[error("commit {commit_id} has another content than its digest says")]
    OtherDigest {
        /// The commit.
        commit_id: Uuid,
    },
    /// The commit cannot be written as an envelope.
    #[error("commit {commit_id} cannot be written as an envelope: {reason}")]
    NotEncodable {
        /// The commit.
        commit_id: Uuid,
        /// Why.
        reason: &'static str,
    },
}

/// The failure of a store that has to read this envelope.
impl From<WireError> for StoreError {
    fn from(error: WireError) -> Self {
        let (kind, message) = match error {
            WireError::NotEncodable { .. } => {
                (StoreErrorKind::Unsupported, "a commit was not written")
            }
            WireError::UnknownVersion { .. }
            | WireError::UnknownDigestEncoding { .. }
            | WireError::UnknownCodec { .. }
            | WireError::UnknownPayloadState { .. } => (
                StoreErrorKind::Incompatible,
                "a stored commit was not read; a later version wrote it",
            ),
            WireError::Empty
            | WireError::Checksum
            | WireError::Malformed { .. }
            | WireError::OtherDigest { .. } => (
                StoreErrorKind::Corrupt,
                "a stored commit was not read; it is damaged",
            ),
        };
        Self::new(kind, message).caused_by(error)
    }
}
