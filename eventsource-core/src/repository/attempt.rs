//! A decision that is being carried out: it acquires the stream locks and is first pipelined behind
//! commits that are not durable yet (`chained`). `sequential` loads, decides and appends, and decides
//! again after a conflict.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::chained::ChainOutcome;
use super::erased_draft::ErasedDraft;
use super::fault::{Fault, Panicked};
use super::handover::HandedOverState;
use super::pending::Tip;
use super::settings::Settings;
use super::stream_lock::{self, Limit, NotGranted, StreamLockGuard};
use super::target::{Decide, Targets};
use super::waiting::Patience;
use super::{ExecuteError, LoadError};
use crate::panic;
use crate::store::{Commit, ReadError, Receipt, Revision, StoreErrorKind};
use crate::values::{Metadata, StreamId};

/// What is decided, on what, and with what it is stored.
pub(crate) struct Attempt<'a, T: Targets, R> {
    pub(super) settings: Settings,
    pub(super) drafts: T::Drafts,
    pub(super) commit_id: Option<Uuid>,
    /// The caller's commit id, or a new one.
    pub(super) id: Uuid,
    /// Whether a commit under this id may be stored: one was sent, or the id is the caller's.
    pub(super) may_repeat: bool,
    pub(super) decide: Decide<'a, T, R>,
    pub(super) metadata: Metadata,
    /// Whether it may follow others.
    pub(super) follows: bool,
    /// How long it waits for others who decide on the same aggregate.
    pub(super) lock_timeout: Duration,
    pub(super) patience: Patience,
}

impl<'a, T: Targets + 'a, R: Send> Attempt<'a, T, R> {
    /// Decides; again while the store is too busy to be read.
    pub(super) async fn run(mut self) -> Result<Receipt, ExecuteError<R>> {
        loop {
            let answer = self.attempt().await;
            let is_busy = answer.as_ref().is_err_and(is_busy);
            if !is_busy || !self.patience.pause(&*self.settings.environment).await {
                return answer;
            }
            // A load that was interrupted leaves a state that stands nowhere.
            self.each().into_iter().for_each(ErasedDraft::unload);
        }
    }

    /// Decides when it is its turn. What may follow others does not wait until they are durable;
    /// if that comes to nothing, it is decided again like all else, with nobody on the way.
    async fn attempt(&mut self) -> Result<Receipt, ExecuteError<R>> {
        let follows = self.follows && self.settings.store.capabilities().follows;
        let mut held = self.locks().await?;
        let mut in_vain = None;
        if let ([held], true) = (&mut *held, follows) {
            match self.follow(held).await? {
                ChainOutcome::Stored(receipt) => return Ok(receipt),
                ChainOutcome::Again(commit) => in_vain = commit,
            }
            // Somebody may still follow the old one, and must not find the new one in its place.
            self.id = self.settings.environment.uuid();
            self.may_repeat = false;
            held.wait().await?;
        }
        self.settle(&mut held, in_vain).await
    }

    /// Waits for the streams of all targets.
    async fn locks(&mut self) -> Result<Vec<StreamLockGuard>, NotGranted> {
        let limit = Limit {
            environment: Arc::clone(&self.settings.environment),
            timeout: self.lock_timeout,
        };
        let (store, streams) = (self.settings.store.id(), self.streams());
        stream_lock::take(store, streams, limit).await
    }

    pub(super) fn each(&mut self) -> Vec<&mut dyn ErasedDraft> {
        T::each(&mut self.drafts)
    }

    fn streams(&mut self) -> Vec<StreamId> {
        let drafts = self.each();
        drafts.iter().map(|draft| draft.stream().clone()).collect()
    }

    /// All that is decided, in the order in which it is, without what it expects.
    pub(super) fn decide(&mut self, held: &[StreamLockGuard]) -> Result<Commit, ExecuteError<R>> {
        let _deciding = stream_lock::deciding(held);
        match panic::caught(|| (self.decide)(&mut self.drafts)) {
            Ok(decided) => decided.map_err(ExecuteError::Refused)?,
            Err(message) => return Err(self.panicked(message)),
        }
        let mut events = Vec::new();
        for draft in self.each() {
            draft.take(&mut events)?;
        }
        events.sort_by_key(|(order, _)| *order);
        let events = events.into_iter().map(|(_, event)| event).collect();
        let commit = Commit::new(self.id, events).metadata(self.metadata.clone());
        Ok(commit.may_repeat(self.may_repeat))
    }

    /// The error of a decision that panicked: on a draft that knows of it, or between its drafts. It
    /// may have used the states of all of them.
    fn panicked(&mut self, message: String) -> ExecuteError<R> {
        let mut drafts = self.each();
        for draft in &mut drafts {
            draft.discard();
        }
        let faults = drafts.iter_mut().filter_map(|draft| draft.fault());
        let panicked = faults.into_iter().find_map(|fault| match fault {
            Fault::Panicked(panicked) => Some(panicked),
            Fault::Encode(_) => None,
        });
        let panicked = panicked.unwrap_or_else(|| Panicked {
            code: "the decision".to_owned(),
            stream: Box::new(drafts[0].stream().clone()),
            revision: drafts[0].revision(),
            message,
        });
        panicked.into()
    }

    /// The receipt of a decision that nothing happens.
    pub(super) fn nothing_stored(&self, revisions: Vec<(StreamId, Revision)>) -> Receipt {
        let positions = revisions.iter().map(|(_, revision)| revision.position());
        let last = positions.max_by_key(|position| position.offset());
        let last = last.unwrap_or_default();
        let now = self.settings.environment.now();
        Receipt::new(self.id, revisions, (last, last), 0, now)
    }
}

/// Leaves the state of an aggregate, with what was decided on it, to the next one.
pub(super) fn hand_on(draft: &mut dyn ErasedDraft, tip: Tip, held: &mut StreamLockGuard) {
    let baton = draft
        .detach_state()
        .map(|left| HandedOverState::new(draft.settings(), tip, left));
    held.hand_on(baton);
}

/// Whether the store could not be read because others held it.
fn is_busy<R>(error: &ExecuteError<R>) -> bool {
    matches!(error, ExecuteError::Load(LoadError::Read(ReadError::Store(error)))
        if error.kind() == StoreErrorKind::Busy)
}
