//! Deciding with look-ups that are answered at once.

use uuid::Uuid;

use super::facts::StreamState;
use super::lookup::Lookup;
use super::plan::Plan;
use super::{Decider, Decision};
use crate::engine::new_commit::NewCommit;
use crate::store::{AppendError, CommitHeader, Page, ReadError, ReadLog, ReadStream, Receipt};
use crate::values::StreamId;

/// The look-ups of a store that answers each of them at once, in the transaction of its append. They
/// find what was written in this transaction before.
///
/// See [`Decider::resolve`].
pub trait Facts {
    /// What the store finds a stream by; see [`StreamState::row`].
    type Row: Clone;
    /// The failure of a look-up, after which the transaction is undone.
    type Error;

    /// The stream, if it has events.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<Self::Row>>, Self::Error>;

    /// The commit under this id whose first event went to the stream `first`, which has events.
    /// `row` is its row, as the store has told it.
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
    /// The store failed, or, within, the read is refused.
    fn read_stream(&mut self, read: &ReadStream) -> Result<Result<Page, ReadError>, Self::Error>;

    /// Some events of the log, for a [guard](crate::engine::Guard). An empty page says that no event
    /// matches: where pages may be empty and incomplete, the store reads on up to a match or to the head.
    ///
    /// # Errors
    ///
    /// The store failed, or, within, the read is refused.
    fn read(&mut self, read: &ReadLog) -> Result<Result<Page, ReadError>, Self::Error>;
}

/// What becomes of a commit after all look-ups.
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store has to handle each of them"
)]
pub enum Decided<'g, R> {
    /// It is to be stored. The store writes the plan and hands it to [`Decider::accept`].
    Store(Plan<'g, R>),
    /// Nothing is to be stored, and this is the answer.
    Answer(Result<Receipt, AppendError>),
}

impl<'g, R: Clone> Decider<'g, R> {
    /// Decides a commit and looks up what that needs.
    ///
    /// # Errors
    ///
    /// Those of the look-ups.
    pub fn resolve<F: Facts<Row = R>>(
        &mut self,
        new: &'g NewCommit,
        facts: &mut F,
    ) -> Result<Decided<'g, R>, F::Error> {
        let answer = loop {
            match self.decide(new) {
                Decision::Needs(lookups) => {
                    for lookup in lookups {
                        if let Err(refusal) = self.look_up(lookup, facts)? {
                            return Ok(Decided::Answer(Err(refusal.into())));
                        }
                    }
                }
                Decision::Store(plan) => return Ok(Decided::Store(plan)),
                Decision::Repeated(commit) => break Ok(facts.receipt(&commit)?.repeated()),
                Decision::Missed(missed) => {
                    let page = facts.read_stream(missed.read())?;
                    break Err(page.map_or_else(AppendError::from, |page| missed.conflict(page)));
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
    ) -> Result<Result<(), ReadError>, F::Error> {
        match lookup {
            Lookup::Stream(stream) => self.know_stream(stream, facts.stream(stream)?),
            Lookup::Commit { first, id } => {
                if let Some(known) = self.known.stream(first) {
                    let found = facts.commit(first, known.row.as_ref(), id)?;
                    self.know_commit(first, id, found);
                }
            }
            Lookup::Guard(guard) => match facts.read(&guard.read())? {
                Ok(page) => self.know_guard(guard, page),
                Err(refusal) => return Ok(Err(refusal)),
            },
        }
        Ok(Ok(()))
    }
}
