//! The failure of a read or of a write.

use eventsource_core::engine::{Damage, ReadFailure};
use eventsource_core::store::VisitError;
use eventsource_core::{AppendError, ReadError};

use crate::fault::SqliteFault;

/// The refusal of a store that works, or the fault of one that does not.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    Refused(E),
    Failed(SqliteFault),
}

impl<E> Failure<E> {
    /// Parts a refusal, after which a transaction may go on, from a fault.
    pub(crate) fn part<T>(result: Result<T, Self>) -> Result<Result<T, E>, SqliteFault> {
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(Self::Refused(refusal)) => Ok(Err(refusal)),
            Err(Self::Failed(fault)) => Err(fault),
        }
    }

    /// Converts a refusal.
    pub(crate) fn map<F>(self, convert: impl FnOnce(E) -> F) -> Failure<F> {
        match self {
            Self::Refused(refusal) => Failure::Refused(convert(refusal)),
            Self::Failed(fault) => Failure::Failed(fault),
        }
    }

    /// Converts a refusal to that of a larger step.
    pub(crate) fn convert<F: From<E>>(self) -> Failure<F> {
        self.map(F::from)
    }
}

impl<E> From<SqliteFault> for Failure<E> {
    fn from(fault: SqliteFault) -> Self {
        Self::Failed(fault)
    }
}

impl<E> From<rusqlite::Error> for Failure<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl<E> From<Damage> for Failure<E> {
    fn from(damage: Damage) -> Self {
        Self::Failed(damage.into())
    }
}

impl From<ReadError> for Failure<ReadError> {
    fn from(refusal: ReadError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ReadError> for Failure<VisitError> {
    fn from(refusal: ReadError) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<AppendError> for Failure<AppendError> {
    fn from(refusal: AppendError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure<ReadError>> for ReadFailure<SqliteFault> {
    fn from(failure: Failure<ReadError>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Failed(fault) => Self::Failed(fault),
        }
    }
}
