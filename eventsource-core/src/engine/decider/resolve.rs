//! Deciding with look-ups that are answered at once.

use uuid::Uuid;

use super::facts::StreamState;
use super::lookup::Lookup;
use super::plan::Plan;
use super::{Decider, Decision};
use crate::engine::new_commit::NewCommit;
use crate::store::{AppendError, CommitHeader, Page, ReadError, ReadLog, ReadStream, Receipt};
use crate::values::StreamId;

/// The look-ups of a store that answers each of them at once, in the transaction of the append. They
/// have to see the earlier writes of this transaction.
///
/// The first example of [`Decider`] implements it.
///
/// [Example](crate::engine#example).
pub trait Facts {
    /// The handle of a stream; see [`StreamState::row`].
    type Row: Clone;
    /// The failure of a look-up. The commit is not accepted, and the decider can go on: the store answers
    /// the commit with the error and decides the next one, or undoes the transaction.
    type Error;

    /// The stream, if it has events.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<Self::Row>>, Self::Error>;

    /// The commit under this id whose first event went to the stream `first`, which has events.
    /// `row` is the handle of the stream, which the store has returned.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn commit(
        &mut self,
        first: &StreamId,
        row: Option<&Self::Row>,
        id: Uuid,
    ) -> Result<Option<CommitHeader>, Self::Error>;

    /// The receipt of a commit that is stored; see
    /// [`ReceiptBuilder`](crate::engine::ReceiptBuilder).
    ///
    /// # Errors
    ///
    /// The store failed.
    fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, Self::Error>;

    /// Some events of a stream.
    ///
    /// # Errors
    ///
    /// The read is refused, or the store failed.
    fn read_stream(&mut self, read: &ReadStream) -> Result<Page, ReadFailure<Self::Error>>;

    /// Some events of the log, for a [guard](crate::engine::Guard). As from any read, a page may be empty and
    /// not complete: then the rest is asked for.
    ///
    /// # Errors
    ///
    /// The read is refused, or the store failed.
    fn read(&mut self, read: &ReadLog) -> Result<Page, ReadFailure<Self::Error>>;
}

/// The reason why a read of [`Facts`] has no page.
///
/// ```
/// use eventsource_core::ReadError;
/// use eventsource_core::engine::ReadFailure;
/// use eventsource_core::store::{StoreError, StoreErrorKind};
///
/// let archived = ReadError::from(StoreError::new(StoreErrorKind::Archived, "the events were archived"));
/// let failure: ReadFailure<std::io::Error> = archived.into(); // as `?` does
/// assert!(matches!(failure, ReadFailure::Refused(_)));
/// ```
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store may have to convert each of them"
)]
pub enum ReadFailure<E> {
    /// The read is refused, and so is the commit that needs it.
    Refused(ReadError),
    /// The store failed; see [`Facts::Error`].
    Failed(E),
}

impl<E> From<ReadError> for ReadFailure<E> {
    fn from(error: ReadError) -> Self {
        Self::Refused(error)
    }
}

/// The outcome of a commit after all look-ups. The first example of [`Decider`] handles both.
///
/// [Example](crate::engine#example).
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store has to handle each of them"
)]
pub enum Decided<'g, R> {
    /// The commit is to be stored. The store writes the plan and passes it to [`Decider::accept`].
    Store(Plan<'g, R>),
    /// The answer to the commit, of which nothing is stored.
    Answer(Result<Receipt, AppendError>),
}

impl<'g, R: Clone> Decider<'g, R> {
    /// Decides a commit, and makes the look-ups that the decision needs.
    ///
    /// # Errors
    ///
    /// Those of the look-ups.
    pub fn resolve<F: Facts<Row = R>>(
        &mut self,
        new: &'g NewCommit,
        facts: &mut F,
    ) -> Result<Decided<'g, R>, F::Error> {
        match self.try_resolve(new, facts) {
            Ok(decided) => Ok(decided),
            Err(ReadFailure::Refused(error)) => Ok(Decided::Answer(Err(error.into()))),
            Err(ReadFailure::Failed(error)) => Err(error),
        }
    }

    fn try_resolve<F: Facts<Row = R>>(
        &mut self,
        new: &'g NewCommit,
        facts: &mut F,
    ) -> Result<Decided<'g, R>, ReadFailure<F::Error>> {
        let answer = loop {
            match self.decide(new) {
                Decision::Needs(lookups) => {
                    for lookup in lookups {
                        self.look_up(lookup, facts)?;
                    }
                }
                Decision::Store(plan) => return Ok(Decided::Store(plan)),
                Decision::Repeated(commit) => {
                    let receipt = facts.receipt(&commit).map_err(ReadFailure::Failed)?;
                    break Ok(receipt.into_repeated());
                }
                Decision::Missed(missed) => {
                    let page = facts.read_stream(missed.read())?;
                    break Err(missed.conflict(page));
                }
                Decision::Refused(error) => break Err(error),
            }
        };
        Ok(Decided::Answer(answer))
    }

    fn look_up<F: Facts<Row = R>>(
        &mut self,
        lookup: Lookup<'g>,
        facts: &mut F,
    ) -> Result<(), ReadFailure<F::Error>> {
        match lookup {
            Lookup::Stream(stream) => {
                let found = facts.stream(stream).map_err(ReadFailure::Failed)?;
                self.know_stream(stream, found);
            }
            Lookup::Commit { first, id } => {
                if let Some(known) = self.known.stream(first) {
                    let found = facts.commit(first, known.row.as_ref(), id);
                    self.know_commit(first, id, found.map_err(ReadFailure::Failed)?);
                }
            }
            Lookup::Guard(guard) => self.know_guard(guard, facts.read(&guard.read())?),
        }
        Ok(())
    }
}
