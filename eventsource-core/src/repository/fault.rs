//! Why the events of a decision cannot be stored.

use super::ExecuteError;
use crate::codec::EncodeError;
use crate::store::Revision;
use crate::values::StreamId;

/// What went wrong with the events that a decision came to. Nothing of it is sent to the store.
pub enum Fault {
    /// An event cannot be written.
    Encode(EncodeError),
    /// Code of the user panicked.
    Panicked(Panicked),
}

/// A panic while a decision was made.
pub struct Panicked {
    /// Which code.
    pub(super) code: String,
    pub(super) stream: Box<StreamId>,
    /// Of the state that was decided on.
    pub(super) revision: Revision,
    pub(super) message: String,
}

impl<R> From<Fault> for ExecuteError<R> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Encode(error) => Self::Encode(error),
            Fault::Panicked(panicked) => panicked.into(),
        }
    }
}

impl<R> From<Panicked> for ExecuteError<R> {
    fn from(panicked: Panicked) -> Self {
        let Panicked {
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
