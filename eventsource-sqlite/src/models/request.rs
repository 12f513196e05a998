//! The requests of read models to the writer.

use std::cell::Cell;
use std::fmt;

use eventsource_core::engine::group_commit::{Request, RequestSize};
use eventsource_core::read_model::{Checkpoint, WriteError};
use eventsource_core::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Outcome;
use super::handlers::Authorizer;
use super::write::{Change, Handled, Written, write};
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::write_lock::WriteGuard;

/// A change of a model that waits for the writer, with the way to its caller.
pub(crate) enum ModelRequest {
    Step(Effect, Box<dyn ModelStep>),
    Write(Box<(Change, Reply<Checkpoint, WriteError>)>),
}

/// The part of a model that a step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Its tables, or the runner that may write it. A step may be refused after it has written a part of this.
    Tables,
    /// Its entry or its keys, for which a receiver of `watch_models` may wait.
    Entry,
    /// The heartbeat or the batch count of its runner. It does not wake the receivers of `watch_models`.
    Mark,
}

/// A step that keeps its outcome until the transaction is committed.
pub(crate) trait ModelStep: Send {
    /// Takes the step. Tells whether it is refused.
    fn apply(&self, connection: &Connection) -> Result<bool, SqliteFault>;

    fn answer(self: Box<Self>, answer: Answer);
}

/// The answer to a request, once its transaction has ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The outcome that the request has kept.
    Kept,
    /// The transaction failed.
    Failed(StoreError),
}

/// The progress of a request in a transaction.
pub(crate) enum Applied {
    /// It is done, or refused and nothing of it is done.
    Whole,
    /// A part of it is done, and the transaction may take no longer.
    Part(Handled),
    /// It is refused, and something of it may be done.
    ToBeUndone,
}

impl ModelRequest {
    /// The request of a step, which is decided anew if its transaction is undone.
    pub(crate) fn step<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        effect: Effect,
        decide: impl Fn(&Connection) -> Outcome<T, E> + Send + 'static,
        sender: oneshot::Sender<Result<T, E>>,
    ) -> Self {
        let reply = Reply::new(sender);
        Self::Step(effect, Box::new(Decision { decide, reply }))
    }

    pub(crate) fn write(
        change: Change,
        sender: oneshot::Sender<Result<Checkpoint, WriteError>>,
    ) -> Self {
        Self::Write(Box::new((change, Reply::new(sender))))
    }

    /// Takes the step. If it is refused, and some of it may have been written, the transaction has to
    /// be undone: not a part of it, since modules of SQLite, such as the one for full text, forget
    /// with a savepoint less than they remember.
    pub(crate) fn apply(
        &self,
        connection: &Connection,
        guards: (&Authorizer, &WriteGuard<'_>),
    ) -> Result<Applied, SqliteFault> {
        let (is_refused, may_be_undone) = match self {
            Self::Step(effect, step) => (step.apply(connection)?, *effect == Effect::Tables),
            Self::Write(write_request) => {
                let (change, reply) = &**write_request;
                let checkpoint = match Failure::part(write(connection, guards, change))? {
                    Ok(Written::Part(handled)) => return Ok(Applied::Part(handled)),
                    Ok(Written::Whole(checkpoint)) => Ok(checkpoint),
                    Err(refusal) => Err(refusal),
                };
                (reply.keep(checkpoint), change.may_be_undone())
            }
        };
        Ok(if is_refused && may_be_undone {
            Applied::ToBeUndone
        } else {
            Applied::Whole
        })
    }

    /// Records the events that a handler has processed in a committed transaction. The next transaction begins
    /// after them.
    pub(crate) fn record_progress(&self, handled: Handled) {
        if let Self::Write(write) = self {
            write.0.record_progress(handled);
        }
    }

    /// Whether it changes tables, or the runner that may write, and not only rows.
    pub(crate) fn changes_tables(&self) -> bool {
        matches!(self, Self::Step(Effect::Tables, _))
    }

    /// Whether the receivers of `watch_models` wait for such a change.
    pub(crate) fn wakes_watchers(&self) -> bool {
        !matches!(self, Self::Step(Effect::Mark, _))
    }
}

impl Request for ModelRequest {
    type Answer = Answer;

    fn size(&self) -> RequestSize {
        match self {
            Self::Step(..) => RequestSize { items: 1, bytes: 0 },
            Self::Write(write) => write.0.size(),
        }
    }

    fn answer(self, answer: Answer) {
        match self {
            Self::Step(_, step) => step.answer(answer),
            Self::Write(write) => write.1.send(answer),
        }
    }

    /// Whether a transaction was too short for it, and another one has to go on with it.
    fn has_begun(&self) -> bool {
        matches!(self, Self::Write(write) if write.0.has_begun())
    }

    /// Whether a part of it is committed and its caller is gone. The rest is left to the next runner.
    fn is_abandoned(&self) -> bool {
        matches!(self, Self::Write(write) if write.0.has_begun() && write.1.sender.is_closed())
    }
}

impl fmt::Debug for ModelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(effect, _) => f.debug_tuple("Step").field(effect).finish_non_exhaustive(),
            Self::Write(write) => f.debug_tuple("Write").field(&write.0).finish(),
        }
    }
}

/// The way to the caller, with the outcome that it gets if the transaction is committed.
pub(crate) struct Reply<T, E> {
    outcome: Cell<Option<Result<T, E>>>,
    sender: oneshot::Sender<Result<T, E>>,
}

impl<T, E: From<StoreError>> Reply<T, E> {
    fn new(sender: oneshot::Sender<Result<T, E>>) -> Self {
        let outcome = Cell::new(None);
        Self { outcome, sender }
    }

    /// Keeps the outcome of this transaction. Tells whether it is a refusal.
    fn keep(&self, outcome: Result<T, E>) -> bool {
        let is_refused = outcome.is_err();
        self.outcome.set(Some(outcome));
        is_refused
    }

    fn send(self, answer: Answer) {
        let outcome = match answer {
            Answer::Kept => self.outcome.into_inner(),
            Answer::Failed(error) => Some(Err(error.into())),
        };
        if let Some(outcome) = outcome {
            // The caller may be gone.
            let _ = self.sender.send(outcome);
        }
    }
}

/// A step that one function decides.
struct Decision<T, E, F> {
    decide: F,
    reply: Reply<T, E>,
}

impl<T, E, F> ModelStep for Decision<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&Connection) -> Outcome<T, E> + Send,
{
    fn apply(&self, connection: &Connection) -> Result<bool, SqliteFault> {
        let outcome = Failure::part((self.decide)(connection))?;
        Ok(self.reply.keep(outcome))
    }

    fn answer(self: Box<Self>, answer: Answer) {
        self.reply.send(answer);
    }
}
