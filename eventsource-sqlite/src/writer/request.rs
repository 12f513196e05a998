//! What the thread that writes is asked for.

use eventsource_core::store::{Snapshot, StoreError};
use eventsource_core::{AppendError, Receipt};
use tokio::sync::oneshot;

use super::group;
use super::prepared::Prepared;
use crate::models;

#[derive(Debug)]
pub(crate) enum Answer {
    /// To what changes the log, and to snapshots.
    Stored(Stored),
    /// To what changes a model.
    Model(models::Answer),
}

pub(crate) type Stored = Result<Vec<Receipt>, AppendError>;

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) work: Work,
    pub(crate) answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
pub(crate) enum Work {
    /// To be stored all or none.
    Store(Vec<Prepared>),
    /// To be kept beside what others store.
    Keep(Snapshot),
    /// To be changed behind what others store.
    Model(models::Step),
}

impl Request {
    pub(crate) fn is_of_model(&self) -> bool {
        matches!(self.work, Work::Model(_))
    }

    /// Whether a commit says that its id is new.
    pub(crate) fn has_new_id(&self) -> bool {
        let Work::Store(commits) = &self.work else {
            return false;
        };
        commits.iter().any(|prepared| !prepared.commit.may_repeat)
    }

    /// Whether a handler has more to do, and its runner is gone: another one goes on where it stands.
    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(&self.work, Work::Model(step) if step.has_begun()) && self.answer.is_closed()
    }

    /// The answer that the store does not work.
    pub(crate) fn failed(&self, error: StoreError) -> Answer {
        match self.work {
            Work::Store(_) | Work::Keep(_) => Answer::Stored(Err(error.into())),
            Work::Model(_) => Answer::Model(Err(error.into())),
        }
    }
}

impl Answer {
    pub(crate) fn stored(self) -> Stored {
        match self {
            Self::Stored(stored) => stored,
            Self::Model(_) => unreachable!("what is stored is no step of a model"),
        }
    }

    pub(crate) fn model(self) -> models::Answer {
        match self {
            Self::Model(answer) => answer,
            Self::Stored(_) => unreachable!("a step of a model is not stored"),
        }
    }
}

impl group::Request for Request {
    type Answer = Answer;

    fn size(&self) -> (usize, usize) {
        let commits = match &self.work {
            Work::Store(commits) => commits,
            Work::Keep(snapshot) => return (1, snapshot.state.len()),
            Work::Model(step) => return step.size(),
        };
        let events = commits.iter().flat_map(|prepared| &prepared.commit.events);
        events.fold((0, 0), |(count, bytes), event| {
            (count + 1, bytes + event.payload.len())
        })
    }

    fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}
