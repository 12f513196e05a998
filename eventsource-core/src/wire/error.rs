//! Why bytes are no envelope.

use uuid::Uuid;

use crate::store::{StoreError, StoreErrorKind};
use crate::values::Position;

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

impl WireError {
    /// The failure of a store that has to read the envelope of the commit whose first event has this
    /// position.
    ///
    /// ```
    /// use eventsource_core::Position;
    /// use eventsource_core::wire::CommitEnvelope;
    ///
    /// let error = CommitEnvelope::decode(&[1, 0, 0, 0, 0]).unwrap_err();
    /// let error = error.at(Position::new(7));
    /// assert_eq!(error.to_string(), "the commit at position 7 was not read; it is damaged");
    /// ```
    #[must_use]
    pub fn at(self, first: Position) -> StoreError {
        self.of(&format!("the commit at position {first}"))
    }

    fn of(self, commit: &str) -> StoreError {
        let (kind, what) = match self {
            Self::NotEncodable { .. } => (StoreErrorKind::Unsupported, "was not written"),
            Self::UnknownVersion { .. }
            | Self::UnknownDigestEncoding { .. }
            | Self::UnknownCodec { .. }
            | Self::UnknownPayloadState { .. } => (
                StoreErrorKind::Incompatible,
                "was not read; a later version wrote it",
            ),
            Self::Empty | Self::Checksum | Self::Malformed { .. } | Self::OtherDigest { .. } => {
                (StoreErrorKind::Corrupt, "was not read; it is damaged")
            }
        };
        StoreError::new(kind, format!("{commit} {what}")).caused_by(self)
    }
}

/// The failure of a store that has to write this commit, or to read this envelope where its position is
/// not known; otherwise see [`WireError::at`].
impl From<WireError> for StoreError {
    fn from(error: WireError) -> Self {
        error.of("a commit")
    }
}
