//! What the thread that writes is asked for.

use eventsource_core::store::{ImportError, Snapshot, StoreError};
use eventsource_core::{AppendError, Receipt};
use tokio::sync::oneshot;

use super::group;
use super::prepared::Prepared;
use crate::models;

#[derive(Debug)]
pub(crate) enum Answer {
    /// To what changes the log.
    Stored(Stored),
    /// To a snapshot.
    Kept(Result<(), StoreError>),
    /// To what changes a model.
    Model(models::Answer),
}

/// The commits before the first that could not be stored.
pub(crate) type Stored = Result<Vec<Receipt>, ImportError>;

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) work: Work,
    pub(crate) answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
pub(crate) enum Work {
    /// To be stored up to the first that cannot be.
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
        commits.iter().any(|prepared| !prepared.commit().may_repeat)
    }

    /// Whether a handler has more to do, and its runner is gone: another one goes on where it stands.
    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(&self.work, Work::Model(step) if step.has_begun()) && self.answer.is_closed()
    }

    /// The answer that the store does not work.
    pub(crate) fn failed(&self, error: StoreError) -> Answer {
        match &self.work {
            Work::Store(commits) => Answer::none_stored(commits, error.into()),
            Work::Keep(_) => Answer::Kept(Err(error)),
            Work::Model(_) => Answer::Model(Err(error.into())),
        }
    }
}

impl Answer {
    /// The error of an import that stored none of its commits.
    pub(crate) fn none_stored(commits: &[Prepared], error: AppendError) -> Self {
        let first = commits[0].commit().id;
        Self::Stored(Err(ImportError::new(Vec::new(), first, error)))
    }

    pub(crate) fn stored(self) -> Stored {
        match self {
            Self::Stored(stored) => stored,
            Self::Kept(_) | Self::Model(_) => unreachable!("commits are stored"),
        }
    }

    pub(crate) fn kept(self) -> Result<(), StoreError> {
        match self {
            Self::Kept(kept) => kept,
            Self::Stored(_) | Self::Model(_) => unreachable!("a snapshot is kept"),
        }
    }

    pub(crate) fn model(self) -> models::Answer {
        match self {
            Self::Model(answer) => answer,
            Self::Stored(_) | Self::Kept(_) => unreachable!("a step of a model is taken"),
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
        let events = commits
            .iter()
            .flat_map(|prepared| &prepared.commit().events);
        events.fold((0, 0), |(count, bytes), event| {
            (count + 1, bytes + event.payload.len())
        })
    }

    fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}
