//! Refusals and failures of a step of a model.

use eventsource_core::ReadModelError;

use crate::fault::{Answered, SqliteFault};

/// The outcome of a step.
pub(crate) type Outcome<T> = Result<T, Refusal>;

/// A refusal by a store that works, or a store that does not.
#[derive(Debug)]
pub(crate) enum Refusal {
    Refused(ReadModelError),
    Failed(SqliteFault),
}

/// The outcome as the writer and the readers tell it apart.
pub(crate) fn answered<T>(outcome: Outcome<T>) -> Answered<T, ReadModelError> {
    match outcome {
        Ok(answer) => Ok(Ok(answer)),
        Err(Refusal::Refused(refusal)) => Ok(Err(refusal)),
        Err(Refusal::Failed(fault)) => Err(fault),
    }
}

impl From<ReadModelError> for Refusal {
    fn from(refusal: ReadModelError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SqliteFault> for Refusal {
    fn from(fault: SqliteFault) -> Self {
        Self::Failed(fault)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}
