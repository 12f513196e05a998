//! Deciding on what is on its way into the store.

use std::slice;
use std::sync::Arc;

use uuid::Uuid;

use super::attempt::{Attempt, hand_on};
use super::erased_draft::ErasedDraft;
use super::handover::HandedOverState;
use super::pending::{InFlightGuard, Tip};
use super::stream_lock::StreamLockGuard;
use super::target::Targets;
use super::{ExecuteError, LoadError, ReadError};
use crate::future::start_then::start_then;
use crate::store::{
    AppendError, Commit, Conflict, ReadStream, Receipt, Revision, StoreErrorKind, StreamStore,
};
use crate::values::StreamId;

/// What came of a decision that followed others.
pub(super) enum ChainOutcome {
    Stored(Receipt),
    /// It has to be made again, since others were not stored, or somebody else was faster.
    Again(Option<FailedCommit>),
}

/// A commit that was not stored.
pub(super) struct FailedCommit {
    pub(super) commit: Uuid,
    /// Why not; or the store was busy.
    pub(super) conflict: Option<Box<Conflict>>,
}

/// On what a decision is made.
struct DecisionBase {
    tip: Tip,
    /// Where it stood when it was read from the store just now, if it was.
    read: Option<Revision>,
}

impl<'a, T: Targets + 'a, R: Send> Attempt<'a, T, R> {
    /// Decides on what the one before left, and lets the next one decide as soon as the commit is
    /// on its way. Of a single target.
    pub(super) async fn follow(
        &mut self,
        held: &mut StreamLockGuard,
    ) -> Result<ChainOutcome, ExecuteError<R>> {
        let Some(decision_base) = decision_base(self.draft(), held).await? else {
            return Ok(ChainOutcome::Again(None));
        };
        match self.decide(slice::from_ref(held)) {
            Ok(commit) if !commit.events.is_empty() => {
                self.send(commit, &decision_base.tip, held).await
            }
            nothing => {
                if self.draft().forget() {
                    hand_on(self.draft(), decision_base.tip.clone(), held);
                }
                let stream = held.stream().clone();
                let store = &*self.settings.store.clone();
                let Some(revision) = still_current(store, held, decision_base).await? else {
                    return Ok(ChainOutcome::Again(None));
                };
                nothing.map_err(|error| error.decided_at(revision))?;
                Ok(ChainOutcome::Stored(
                    self.nothing_stored(vec![(stream, revision)]),
                ))
            }
        }
    }

    fn draft(&mut self) -> &mut dyn ErasedDraft {
        self.each().swap_remove(0)
    }

    /// Stores a commit. The next one decides while the store writes.
    async fn send(
        &mut self,
        mut commit: Commit,
        tip: &Tip,
        held: &mut StreamLockGuard,
    ) -> Result<ChainOutcome, ExecuteError<R>> {
        let next = tip.after(commit.id, commit.events.len());
        let expect = tip.expect(held.stream().clone());
        commit.expect.push(expect.clone());
        self.may_repeat = true;
        let store = Arc::clone(&self.settings.store);
        let mut unanswered = InFlightGuard::new(&next);
        let draft = self.draft();
        let answer = start_then(store.append(commit), |early| {
            if let Some(answer) = early {
                unanswered.answered(answer);
            }
            if !matches!(early, Some(Err(_))) {
                draft.write_snapshot();
            }
            hand_on(draft, next, held);
        });
        let answer = answer.await;
        unanswered.answered(&answer);
        self.followed(answer).await
    }

    async fn followed(
        &mut self,
        answer: Result<Receipt, AppendError>,
    ) -> Result<ChainOutcome, ExecuteError<R>> {
        match answer {
            Ok(receipt) => {
                self.draft().keep_snapshot(&receipt);
                Ok(ChainOutcome::Stored(receipt))
            }
            Err(AppendError::Conflict(conflict)) => {
                let (commit, conflict) = (self.id, Some(conflict));
                Ok(ChainOutcome::Again(Some(FailedCommit { commit, conflict })))
            }
            Err(AppendError::Store(error))
                if error.kind() == StoreErrorKind::Busy
                    && self.patience.pause(&*self.settings.environment).await =>
            {
                let (commit, conflict) = (self.id, None);
                Ok(ChainOutcome::Again(Some(FailedCommit { commit, conflict })))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the aggregate stands, durably, if it did not move before a decision that stores nothing
/// was made on it.
async fn still_current<R>(
    store: &dyn StreamStore,
    held: &StreamLockGuard,
    DecisionBase { tip, read }: DecisionBase,
) -> Result<Option<Revision>, ExecuteError<R>> {
    if read.is_some() || !held.within(tip.chain.comes_to(tip.version)).await? {
        return Ok(read);
    }
    let found = revision_at(store, held.stream().clone(), tip.version).await?;
    let durable = tip.chain.durable();
    // What goes on from there in the chain was decided later, and found nothing between.
    let went_on = durable.version() > tip.version;
    let still_current = |(revision, is_last)| went_on || (is_last && revision == durable);
    Ok(found
        .filter(|&found| still_current(found))
        .map(|(revision, _)| revision))
}

/// Takes up what the one before left, or what was kept, or reads. There is none if others have to
/// be waited for.
async fn decision_base(
    draft: &mut dyn ErasedDraft,
    held: &mut StreamLockGuard,
) -> Result<Option<DecisionBase>, LoadError> {
    let left = held.baton();
    if left.is_some_and(|baton| !baton.is_of(draft.settings())) {
        return Ok(None);
    }
    let left = held.take_baton().and_then(HandedOverState::goes_on);
    let kept = || HandedOverState::kept(draft.settings(), held.stream());
    let Some(HandedOverState { tip, state, .. }) = left.or_else(kept) else {
        draft.load_on().await?;
        let (tip, read) = (Tip::stored(draft.revision()), Some(draft.revision()));
        return Ok(Some(DecisionBase { tip, read }));
    };
    draft.restore(state, tip.revision());
    let read = None;
    Ok(Some(DecisionBase { tip, read }))
}

/// The revision of a stream at a version, and whether that is its last.
async fn revision_at(
    store: &dyn StreamStore,
    stream: StreamId,
    version: u64,
) -> Result<Option<(Revision, bool)>, ReadError> {
    let read = ReadStream::forward(stream, version.saturating_sub(1)).limit(2);
    let page = store.read_stream(read).await?;
    if version == 0 {
        return Ok(Some((Revision::NONE, page.is_empty())));
    }
    let first = page
        .events()
        .next()
        .filter(|first| first.version == version);
    let is_last = page.len() == 1 && page.is_complete();
    Ok(first.map(|first| (first.revision(), is_last)))
}
