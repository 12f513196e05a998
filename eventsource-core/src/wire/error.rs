//! The errors of encoding and decoding an envelope.

use uuid::Uuid;

use crate::store::{StoreError, StoreErrorKind};
use crate::values::Position;

/// The error of encoding or decoding an envelope. Its text contains no content of the commit.
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
    /// The envelope has a version of the format that this program does not know.
    #[error("the envelope has version {version}, which this program does not know: update it")]
    UnknownVersion {
        /// The version that the envelope has.
        version: u8,
    },
    /// The checksum does not match: the bytes were changed or truncated.
    #[error("the checksum of the envelope does not match: it was changed or truncated")]
    Checksum,
    /// The checksum matches, and the bytes do not follow the format.
    #[error("the envelope is malformed at byte {at}: {reason}")]
    Malformed {
        /// The index of the byte.
        at: usize,
        /// The violated rule of the format.
        reason: &'static str,
    },
    /// The digest is in an encoding that this program does not know.
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
    /// The payload of an event is in a state that this program does not know.
    #[error("a payload has the state {state}, which this program does not know: update it")]
    UnknownPayloadState {
        /// The number of the state.
        state: u8,
    },
    /// The digest does not match the events and the metadata.
    #[error("the digest of commit {commit_id} does not match its content")]
    OtherDigest {
        /// The commit.
        commit_id: Uuid,
    },
    /// The commit cannot be written as an envelope.
    #[error("commit {commit_id} cannot be written as an envelope: {reason}")]
    NotEncodable {
        /// The commit.
        commit_id: Uuid,
        /// The reason.
        reason: &'static str,
    },
}

impl WireError {
    /// Converts to the error of a store that reads the commit whose first event has this position.
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

/// Converts to the error of a store that writes a commit, or reads an envelope at an unknown position. For a
/// known position, see [`WireError::at`].
impl From<WireError> for StoreError {
    fn from(error: WireError) -> Self {
        error.of("a commit")
    }
}
