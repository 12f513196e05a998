//! The way of one command: acquire the stream locks, load, decide, append, retry.

use std::ops::ControlFlow;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::commit_outcome::{CommitOutcome, FailedCommit};
use super::draft_error::{DecisionPanic, DraftError};
use super::erased_draft::ErasedDraft;
use super::patience::Patience;
use super::settings::Settings;
use super::stream_lock::{self, Limit, NotGranted, StreamLockGuard};
use super::target::{Decide, Targets};
use super::{ExecuteError, LoadError, chained, load, sequential};
use crate::panic;
use crate::store::{AppendError, Commit, ReadError, Receipt, Revision, StoreErrorKind};
use crate::values::{Metadata, StreamId};

/// How often a command is decided again after a conflict, before the conflict is returned. Each
/// conflict means that another process has made progress.
const RETRIES: usize = 99;

/// A command that is being executed: its drafts, the decision, and the data of its commit.
pub(crate) struct Attempt<'a, T: Targets, R> {
    pub(super) settings: Settings,
    pub(super) drafts: T::Drafts,
    /// The caller's commit id.
    pub(super) commit_id: Option<Uuid>,
    /// The id of the next commit: the caller's, or a new one.
    pub(super) id: Uuid,
    /// Whether the store may already have a commit under this id: one was sent, or the id is the caller's.
    pub(super) may_repeat: bool,
    pub(super) decide: Decide<'a, T, R>,
    pub(super) metadata: Metadata,
    /// Whether the decision may be made on commits that are not durable yet.
    pub(super) follows: bool,
    /// How long the attempt waits for other decisions on the same aggregates.
    pub(super) lock_timeout: Duration,
    pub(super) patience: Patience,
}

impl<'a, T: Targets + 'a, R: Send> Attempt<'a, T, R> {
    /// Executes the command; again while the store is too busy to be read.
    pub(super) async fn run(mut self) -> Result<Receipt, ExecuteError<R>> {
        loop {
            let result = self.run_once().await;
            let is_busy = result.as_ref().is_err_and(is_busy);
            if !is_busy || !self.patience.pause(&*self.settings.environment).await {
                return result;
            }
            // An interrupted load leaves a draft without a state.
            self.drafts().into_iter().for_each(ErasedDraft::unload);
        }
    }

    /// Acquires the stream locks and runs the decision. A decision on a single aggregate is first
    /// pipelined behind commits that are not durable yet. If that fails, it is run again on durable
    /// state.
    async fn run_once(&mut self) -> Result<Receipt, ExecuteError<R>> {
        let mut locks = self.lock_streams().await?;
        let can_follow = self.follows && self.settings.store.capabilities().follows;
        let mut failed = None;
        if let ([lock], true) = (&mut *locks, can_follow) {
            match self.commit_chained(lock).await? {
                ControlFlow::Break(receipt) => return Ok(receipt),
                ControlFlow::Continue(commit) => failed = commit,
            }
            // A later commit of the chain may expect the failed commit by its id; so this commit gets another
            // id.
            self.id = self.settings.environment.uuid();
            self.may_repeat = false;
            lock.acquire().await?;
        }
        self.commit_sequential(&mut locks, failed).await
    }

    /// Decides on the last state of this process, durable or not.
    async fn commit_chained(
        &mut self,
        lock: &mut StreamLockGuard,
    ) -> Result<ControlFlow<Receipt, Option<FailedCommit>>, ExecuteError<R>> {
        let Some(base) = load::load_pending(self.drafts().swap_remove(0), lock).await? else {
            return Ok(ControlFlow::Continue(None));
        };
        let decided = self.decide(slice::from_ref(lock));
        let store = Arc::clone(&self.settings.store);
        let draft = self.drafts().swap_remove(0);
        let outcome = chained::run(&*store, draft, base, decided, lock).await?;
        self.finish_or_retry(outcome).await
    }

    /// Decides on durable state, with the locks held until the commit is durable; again after a
    /// conflict.
    async fn commit_sequential(
        &mut self,
        locks: &mut [StreamLockGuard],
        failed: Option<FailedCommit>,
    ) -> Result<Receipt, ExecuteError<R>> {
        let (store, commit_id) = (Arc::clone(&self.settings.store), self.commit_id);
        // A command that was executed before needs no state, and leaves the handed-over state alone.
        if let Some(receipt) = load::find_receipt(&*store, &self.drafts(), commit_id).await? {
            return Ok(receipt);
        }
        load::load_durable(&mut self.drafts(), locks, failed.as_ref()).await?;
        let mut retries = 0;
        loop {
            let decided = self.decide_as_expected(locks).await;
            let mut drafts = self.drafts();
            let outcome = sequential::run(&*store, &mut drafts, commit_id, decided, locks).await?;
            let conflict = match self.finish_or_retry(outcome).await? {
                ControlFlow::Break(receipt) => return Ok(receipt),
                ControlFlow::Continue(failed) => failed.and_then(|failed| failed.conflict),
            };
            match conflict {
                Some(conflict) if retries == RETRIES => {
                    return Err(ExecuteError::Conflict(conflict));
                }
                conflict => {
                    retries += usize::from(conflict.is_some());
                    load::catch_up(&mut self.drafts(), conflict.as_deref()).await?;
                }
            }
        }
    }

    /// Acquires the locks of all target streams.
    async fn lock_streams(&mut self) -> Result<Vec<StreamLockGuard>, NotGranted> {
        let limit = Limit {
            environment: Arc::clone(&self.settings.environment),
            timeout: self.lock_timeout,
        };
        let streams = self.drafts().iter().map(|it| it.stream().clone()).collect();
        stream_lock::acquire(self.settings.store.id(), streams, limit).await
    }

    fn drafts(&mut self) -> Vec<&mut dyn ErasedDraft> {
        T::erase(&mut self.drafts)
    }

    /// Decides, unless an aggregate is not at the revision that the caller expects. That conflict is
    /// the caller's, and is not retried.
    async fn decide_as_expected(
        &mut self,
        locks: &[StreamLockGuard],
    ) -> Result<Commit, ExecuteError<R>> {
        for draft in self.drafts() {
            if let Some(conflict) = draft.check_expected().await? {
                return Err(ExecuteError::Conflict(Box::new(conflict)));
            }
        }
        self.decide(locks)
    }

    /// Runs the decision. The commit has the events of all drafts in the order in which they were
    /// decided, and no expectations yet.
    fn decide(&mut self, locks: &[StreamLockGuard]) -> Result<Commit, ExecuteError<R>> {
        let _scope = stream_lock::enter_decision(locks);
        match panic::caught(|| (self.decide)(&mut self.drafts)) {
            Ok(decided) => decided.map_err(ExecuteError::Refused)?,
            Err(message) => return Err(self.panicked(message)),
        }
        let mut events = Vec::new();
        for draft in self.drafts() {
            draft.take_events(&mut events)?;
        }
        events.sort_by_key(|(order, _)| *order);
        let events = events.into_iter().map(|(_, event)| event).collect();
        let commit = Commit::new(self.id, events).metadata(self.metadata.clone());
        Ok(commit.may_repeat(self.may_repeat))
    }

    /// The error of a decision that panicked, in a draft or between its drafts. The decision may
    /// have used the states of all drafts, so all of them are discarded.
    fn panicked(&mut self, message: String) -> ExecuteError<R> {
        let mut drafts = self.drafts();
        for draft in &mut drafts {
            draft.discard();
        }
        let errors = drafts.iter_mut().filter_map(|draft| draft.take_error());
        let panicked = errors.into_iter().find_map(|error| match error {
            DraftError::Panicked(panicked) => Some(panicked),
            DraftError::Encode(_) => None,
        });
        let panicked = panicked.unwrap_or_else(|| DecisionPanic {
            code: "the decision".to_owned(),
            stream: Box::new(drafts[0].stream().clone()),
            revision: drafts[0].revision(),
            message,
        });
        panicked.into()
    }

    /// `Break` ends the attempt with the receipt. `Continue` asks for a new decision, with the commit that
    /// failed, or `None` if the decision had no events and its state was not current. A busy store is asked
    /// again while the caller's patience lasts.
    async fn finish_or_retry(
        &mut self,
        outcome: CommitOutcome,
    ) -> Result<ControlFlow<Receipt, Option<FailedCommit>>, ExecuteError<R>> {
        let conflict = match outcome {
            CommitOutcome::Stored(receipt) => return Ok(ControlFlow::Break(receipt)),
            CommitOutcome::Unchanged(revisions) => {
                return Ok(ControlFlow::Break(self.receipt_without_events(revisions)));
            }
            CommitOutcome::Stale => return Ok(ControlFlow::Continue(None)),
            CommitOutcome::Failed(AppendError::Conflict(conflict)) => Some(conflict),
            CommitOutcome::Failed(AppendError::Store(error))
                if error.kind() == StoreErrorKind::Busy
                    && self.patience.pause(&*self.settings.environment).await =>
            {
                None
            }
            CommitOutcome::Failed(error) => return Err(error.into()),
        };
        self.may_repeat = true;
        let commit_id = self.id;
        Ok(ControlFlow::Continue(Some(FailedCommit {
            commit_id,
            conflict,
        })))
    }

    /// The receipt of a decision without events.
    fn receipt_without_events(&self, revisions: Vec<(StreamId, Revision)>) -> Receipt {
        let positions = revisions.iter().map(|(_, revision)| revision.position());
        let last = positions.max_by_key(|position| position.offset());
        let last = last.unwrap_or_default();
        let now = self.settings.environment.now();
        Receipt::new(self.id, revisions, (last, last), 0, now)
    }
}

/// Whether the store could not be read because it was busy.
fn is_busy<R>(error: &ExecuteError<R>) -> bool {
    matches!(error, ExecuteError::Load(LoadError::Read(ReadError::Store(error)))
        if error.kind() == StoreErrorKind::Busy)
}
