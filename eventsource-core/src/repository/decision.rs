//! A decision that is being carried out.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::any_draft::AnyDraft;
use super::baton::Baton;
use super::chain::Ground;
use super::execute::{Decide, Execute};
use super::fault::{Fault, Panicked};
use super::follow::Followed;
use super::target::Targets;
use super::turns::{Held, Limit, NotGranted};
use super::waiting::Patience;
use super::{ExecuteError, LoadError, Settings, turns};
use crate::{Commit, Metadata, ReadError, Receipt, Revision, StoreErrorKind, StreamId, panic};

/// What is decided, on what, and with what it is stored.
pub(super) struct Decision<'a, T: Targets, R> {
    pub(super) settings: Settings,
    pub(super) drafts: T::Drafts,
    pub(super) commit_id: Option<Uuid>,
    /// The caller's commit id, or a new one.
    pub(super) id: Uuid,
    decide: Decide<'a, T, R>,
    metadata: Metadata,
    /// Whether it may follow others.
    follows: bool,
    /// How long it waits for others who decide on the same aggregate.
    lock_timeout: Duration,
    pub(super) patience: Patience,
}

impl<'a, T: Targets + 'a, R: Send> Decision<'a, T, R> {
    /// Decides; again while the store is too busy to be read.
    pub(super) async fn run(mut self) -> Result<Receipt, ExecuteError<R>> {
        loop {
            let answer = self.attempt().await;
            let is_busy = answer.as_ref().is_err_and(is_busy);
            if !is_busy || !self.patience.pause(&*self.settings.environment).await {
                return answer;
            }
            // A load that was interrupted leaves a state that stands nowhere.
            self.each().into_iter().for_each(AnyDraft::unload);
        }
    }

    /// Decides when it is its turn. What may follow others does not wait until they are durable;
    /// if that comes to nothing, it is decided again like all else, with nobody on the way.
    async fn attempt(&mut self) -> Result<Receipt, ExecuteError<R>> {
        let follows = self.follows && self.settings.may_follow.load(Ordering::Relaxed);
        let mut held = self.locks().await?;
        let mut in_vain = None;
        if let ([held], true) = (&mut *held, follows) {
            match self.follow(held).await? {
                Followed::Stored(receipt) => return Ok(receipt),
                Followed::Again(commit) => in_vain = commit,
            }
            // Somebody may still follow the old one, and must not find the new one in its place.
            self.id = self.settings.environment.uuid();
            held.wait().await?;
        }
        self.settle(&mut held, in_vain).await
    }

    /// Waits for the streams of all targets.
    async fn locks(&mut self) -> Result<Vec<Held>, NotGranted> {
        let limit = Limit {
            environment: Arc::clone(&self.settings.environment),
            timeout: self.lock_timeout,
        };
        let (store, streams) = (self.settings.store.id(), self.streams());
        turns::take(store, streams, limit).await
    }

    pub(super) fn new(execute: Execute<'a, T, R>) -> Result<Self, ExecuteError<R>> {
        let mut drafts = execute.targets.drafts(&Arc::new(AtomicUsize::new(0)));
        let settings = common_settings(&T::each(&mut drafts))?;
        let new = || settings.environment.uuid();
        let mut metadata = execute.metadata;
        let cause = execute.cause.map(|id| id.to_string());
        metadata.causation = metadata.causation.or(cause);
        Ok(Self {
            id: execute.commit_id.unwrap_or_else(new),
            settings,
            drafts,
            commit_id: execute.commit_id,
            decide: execute.decide,
            metadata,
            follows: execute.follows,
            lock_timeout: execute.lock_timeout,
            patience: Patience::new(execute.patience),
        })
    }

    pub(super) fn each(&mut self) -> Vec<&mut dyn AnyDraft> {
        T::each(&mut self.drafts)
    }

    fn streams(&mut self) -> Vec<StreamId> {
        let drafts = self.each();
        drafts.iter().map(|draft| draft.stream().clone()).collect()
    }

    /// All that is decided, in the order in which it is, without what it expects.
    pub(super) fn decide(&mut self, held: &[Held]) -> Result<Commit, ExecuteError<R>> {
        let _deciding = turns::deciding(held);
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
        Ok(Commit::new(self.id, events).metadata(self.metadata.clone()))
    }

    /// The error of a decision that panicked: on a draft that knows of it, or between its drafts.
    fn panicked(&mut self, message: String) -> ExecuteError<R> {
        let mut drafts = self.each();
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
        let last = positions.max().unwrap_or_default();
        let now = self.settings.environment.now();
        Receipt::new(self.id, revisions, (last, last), 0, now)
    }
}

/// Leaves the state of an aggregate, with what was decided on it, to the next one.
pub(super) fn hand_on(draft: &mut dyn AnyDraft, ground: Ground, held: &mut Held) {
    let left = draft.leave();
    held.hand_on(Baton::new(draft.settings(), ground, left));
}

/// Whether the store could not be read because others held it.
fn is_busy<R>(error: &ExecuteError<R>) -> bool {
    matches!(error, ExecuteError::Load(LoadError::Read(ReadError::Store(error)))
        if error.kind() == StoreErrorKind::Busy)
}

/// What the targets have in common: one store, and no aggregate in it twice.
fn common_settings<R>(drafts: &[&mut dyn AnyDraft]) -> Result<Settings, ExecuteError<R>> {
    let refused = |reason: String| Err(ExecuteError::Targets { reason });
    let Some(first) = drafts.first() else {
        return refused("there is no aggregate to decide on".to_owned());
    };
    let mut seen = HashSet::new();
    for draft in drafts {
        if draft.settings().store.id() != first.settings().store.id() {
            let (one, other) = (first.stream(), draft.stream());
            return refused(format!("{one} and {other} are in different stores"));
        }
        if !seen.insert(draft.stream()) {
            return refused(format!("{} is named twice in one decision", draft.stream()));
        }
    }
    Ok(first.settings().clone())
}
