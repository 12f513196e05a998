//! Load, decide, store; decide again on conflict.

use super::attempt::{Attempt, hand_on};
use super::chained::FailedCommit;
use super::erased_draft::ErasedDraft;
use super::handover::HandedOverState;
use super::pending::Tip;
use super::stream_lock::{NotGranted, StreamLockGuard};
use super::target::Targets;
use super::{ExecuteError, LoadError};
use crate::future::start_then::start_then;
use crate::store::{AppendError, Commit, Conflict, ReadError, Receipt, Revision, StoreErrorKind};

/// So often is it decided again after a conflict, before one is the caller's. Each time somebody
/// else got on, so the whole never stands still.
const CONFLICTS: usize = 99;

impl<'a, T: Targets + 'a, R: Send> Attempt<'a, T, R> {
    /// Decides on what is durable, and keeps the turns until what follows is.
    pub(super) async fn settle(
        &mut self,
        held: &mut [StreamLockGuard],
        in_vain: Option<FailedCommit>,
    ) -> Result<Receipt, ExecuteError<R>> {
        // A request that was carried out before needs no state, and leaves the one that is here.
        if let Some(receipt) = self.stored().await? {
            return Ok(receipt);
        }
        self.load_drafts(held, in_vain).await?;
        let mut conflicts = 0;
        loop {
            let decided = match check_expected(&self.each()).await {
                Ok(()) => self.decide(held),
                Err(error) => Err(error),
            };
            if !self.will_tell(&decided)
                && let Some(receipt) = self.stored().await?
            {
                self.release_states(held, None);
                return Ok(receipt);
            }
            let mut commit = match decided {
                Ok(commit) => commit,
                Err(error) => {
                    self.release_states(held, None);
                    return Err(error);
                }
            };
            if commit.events.is_empty() {
                let drafts = self.each();
                let revisions = drafts.iter().map(|it| (it.stream().clone(), it.revision()));
                let revisions = revisions.collect();
                self.release_states(held, None);
                return Ok(self.nothing_stored(revisions));
            }
            commit.expect = self.each().iter().map(|draft| draft.expect()).collect();
            match self.append(commit).await {
                Err(AppendError::Conflict(conflict)) if conflicts < CONFLICTS => {
                    conflicts += 1;
                    catch_up(&mut self.each(), Some(&conflict)).await?;
                }
                Err(AppendError::Store(error))
                    if error.kind() == StoreErrorKind::Busy
                        && self.patience.pause(&*self.settings.environment).await =>
                {
                    catch_up(&mut self.each(), None).await?;
                }
                // The same request was carried out since it was asked for: another decision.
                Err(AppendError::CommitIdReused { commit_id }) if self.commit_id.is_some() => {
                    let receipt = self.stored().await?;
                    self.release_states(held, None);
                    return receipt.ok_or(AppendError::CommitIdReused { commit_id }.into());
                }
                answer => {
                    let receipt = answer?;
                    self.release_states(held, Some(&receipt));
                    return Ok(receipt);
                }
            }
        }
    }

    /// Whether the store finds out that the same request was carried out elsewhere since it was
    /// asked for. It knows a commit by the stream of its first event, which among several aggregates
    /// may be another one each time; and it is not asked to store a refusal, which may rest on what
    /// this same request has done.
    fn will_tell(&mut self, decided: &Result<Commit, ExecuteError<R>>) -> bool {
        let is_stored = decided
            .as_ref()
            .is_ok_and(|commit| !commit.events.is_empty());
        is_stored && self.each().len() == 1
    }

    /// Makes all drafts stand as the store has them.
    async fn load_drafts(
        &mut self,
        held: &mut [StreamLockGuard],
        in_vain: Option<FailedCommit>,
    ) -> Result<(), ExecuteError<R>> {
        let mut drafts = self.each();
        for draft in &mut drafts {
            let held = held.iter_mut().find(|held| held.stream() == draft.stream());
            let baton = match held {
                Some(held) => settled(held).await?,
                None => None,
            };
            take(&mut **draft, baton, in_vain.as_ref()).await?;
        }
        load_consistent(&mut drafts).await?;
        Ok(())
    }

    /// The receipt of the caller's commit, if it is stored. Any of the targets may have come first.
    async fn stored(&mut self) -> Result<Option<Receipt>, ReadError> {
        let Some(commit_id) = self.commit_id else {
            return Ok(None);
        };
        let store = self.settings.store.clone();
        for draft in self.each() {
            let receipt = store.receipt(draft.stream().clone(), commit_id).await?;
            if let Some(receipt) = receipt {
                return Ok(Some(receipt.repeated()));
            }
        }
        Ok(None)
    }

    async fn append(&mut self, commit: Commit) -> Result<Receipt, AppendError> {
        self.may_repeat = true;
        let store = self.settings.store.clone();
        let drafts = self.each();
        let append = start_then(store.append(commit), |early| {
            if !matches!(early, Some(Err(_))) {
                drafts.into_iter().for_each(ErasedDraft::write_snapshot);
            }
        });
        append.await
    }

    /// Leaves all states to the next ones, after a commit or as they were.
    fn release_states(&mut self, held: &mut [StreamLockGuard], receipt: Option<&Receipt>) {
        // What was decided before the same commit was stored is not what was stored.
        let receipt = receipt.filter(|receipt| !receipt.repeated);
        for draft in self.each() {
            let written = receipt.and_then(|receipt| receipt.revision_of(draft.stream()));
            if let Some(receipt) = receipt {
                draft.keep_snapshot(receipt);
            }
            let held = held.iter_mut().find(|held| held.stream() == draft.stream());
            if let Some(held) = held
                && (written.is_some() || draft.forget())
            {
                let revision = written.unwrap_or_else(|| draft.revision());
                hand_on(draft, Tip::stored(revision), held);
            }
        }
    }
}

/// What was left for this turn, once it is known what becomes of it.
async fn settled(held: &mut StreamLockGuard) -> Result<Option<HandedOverState>, NotGranted> {
    if let Some(baton) = held.baton() {
        let tip = baton.tip.clone();
        held.within(tip.chain.comes_to(tip.version)).await?;
    }
    Ok(held.take_baton())
}

/// Makes a draft stand as the store has it, starting from what was left, if that helps.
async fn take(
    draft: &mut dyn ErasedDraft,
    baton: Option<HandedOverState>,
    in_vain: Option<&FailedCommit>,
) -> Result<(), LoadError> {
    let stream = draft.stream().clone();
    let baton = baton.filter(|baton| baton.is_of(draft.settings()));
    match baton.or_else(|| HandedOverState::kept(draft.settings(), &stream)) {
        Some(HandedOverState {
            tip, state, base, ..
        }) => {
            if let Some(revision) = tip.durable() {
                draft.restore(state, revision);
                return draft.verify().await;
            }
            // It is what this same decision left when it came to nothing.
            let durable = tip.chain.durable();
            if let Some(FailedCommit { commit, conflict }) = in_vain
                && tip.commit == Some(*commit)
                && let Some(base) = base.filter(|base| base.version == durable.version())
            {
                draft.restore(base.state, durable);
                // A state that was kept may be of another history, and what was missed does not show it.
                let missed = conflict.as_deref();
                return again(draft, missed.filter(|_| durable == Revision::NONE)).await;
            }
            draft.load_on().await
        }
        None => draft.load_on().await,
    }
}

/// Takes in what a conflict says was missed; without one, what came since.
async fn catch_up(
    drafts: &mut [&mut dyn ErasedDraft],
    conflict: Option<&Conflict>,
) -> Result<(), LoadError> {
    for draft in &mut *drafts {
        again(&mut **draft, conflict).await?;
    }
    load_consistent(drafts).await
}

async fn again(draft: &mut dyn ErasedDraft, conflict: Option<&Conflict>) -> Result<(), LoadError> {
    if let Some(conflict) = conflict {
        return draft.catch_up(conflict).await;
    }
    draft.forget();
    draft.verify().await
}

/// Makes the drafts stand as the aggregates did at one moment, since a decision on what never was
/// may be wrong. Each was loaded at another moment; but if none has moved since, all of them stood
/// so when the last one was loaded. A single one always did.
async fn load_consistent(drafts: &mut [&mut dyn ErasedDraft]) -> Result<(), LoadError> {
    let mut moved = drafts.len() > 1;
    while moved {
        moved = false;
        for draft in &mut *drafts {
            let before = draft.revision();
            draft.load_on().await?;
            moved |= draft.revision() != before;
        }
    }
    Ok(())
}

/// A conflict with what the caller expects is the caller's.
async fn check_expected<R>(drafts: &[&mut dyn ErasedDraft]) -> Result<(), ExecuteError<R>> {
    for draft in drafts {
        if let Some(conflict) = draft.check_expected().await? {
            return Err(ExecuteError::Conflict(Box::new(conflict)));
        }
    }
    Ok(())
}
