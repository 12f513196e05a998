//! Errors of a decision on a draft.

use super::ExecuteError;
use crate::codec::EncodeError;
use crate::store::Revision;
use crate::values::StreamId;

/// The reason why the events of a decision cannot be stored. Nothing of it is sent to the store.
pub enum DraftError {
    /// An event cannot be encoded.
    Encode(EncodeError),
    /// User code panicked.
    Panicked(DecisionPanic),
}

/// A panic of user code during a decision.
pub struct DecisionPanic {
    /// The code that panicked.
    pub(super) code: String,
    pub(super) stream: Box<StreamId>,
    /// The revision of the state that was decided on.
    pub(super) revision: Revision,
    pub(super) message: String,
}

impl<R> From<DraftError> for ExecuteError<R> {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Encode(error) => Self::Encode(error),
            DraftError::Panicked(panicked) => panicked.into(),
        }
    }
}

impl<R> From<DecisionPanic> for ExecuteError<R> {
    fn from(panicked: DecisionPanic) -> Self {
        let DecisionPanic {
            code,
            stream,
            revision,
            message,
        } = panicked;
        Self::Panicked {
            code,
            stream,
            revision,
            message,
        }
    }
}
