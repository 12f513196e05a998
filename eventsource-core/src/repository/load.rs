//! How an attempt loads its drafts from the store, from a state that was handed over, or from the
//! cache.

use uuid::Uuid;

use super::commit_outcome::FailedCommit;
use super::erased_draft::ErasedDraft;
use super::handover::HandedOverState;
use super::pending::Tip;
use super::state_at::StateAt;
use super::stream_lock::{NotGranted, StreamLockGuard};
use super::{ExecuteError, LoadError};
use crate::store::{Conflict, Freshness, ReadError, Receipt, Revision, StreamStore};

/// The state that a chained decision is made on.
pub(super) struct DecisionBase {
    /// The commit that the state belongs to.
    pub(super) tip: Tip,
    /// The revision of the state, if it was read from the store for this decision.
    pub(super) read: Option<Revision>,
}

/// Loads a draft as of the last commit of this process, durable or not: restores the state that was
/// handed over or cached, or reads the store. Returns `None` if the state belongs to another
/// repository, whose commits have to be durable first.
pub(super) async fn load_pending(
    draft: &mut dyn ErasedDraft,
    lock: &mut StreamLockGuard,
) -> Result<Option<DecisionBase>, LoadError> {
    let handed_over = lock.state();
    if handed_over.is_some_and(|handed_over| !handed_over.is_of(draft.settings())) {
        return Ok(None);
    }
    let handed_over = lock.take_state().and_then(HandedOverState::resume);
    let cached = || HandedOverState::from_cache(draft.settings(), lock.stream());
    let Some(HandedOverState { tip, state, .. }) = handed_over.or_else(cached) else {
        draft.load().await?;
        let (tip, read) = (Tip::durable_at(draft.revision()), Some(draft.revision()));
        return Ok(Some(DecisionBase { tip, read }));
    };
    let revision = tip.revision();
    draft.restore(StateAt { state, revision });
    Ok(Some(DecisionBase { tip, read: None }))
}

/// Loads all drafts as the store has them, once the commits of this process on their streams are
/// durable or have failed. `failed` is the commit of this same attempt that was not stored.
pub(super) async fn load_durable<R>(
    drafts: &mut [&mut dyn ErasedDraft],
    locks: &mut [StreamLockGuard],
    failed: Option<&FailedCommit>,
) -> Result<(), ExecuteError<R>> {
    for draft in &mut *drafts {
        let lock = locks
            .iter_mut()
            .find(|lock| lock.stream() == draft.stream());
        let handed_over = match lock {
            Some(lock) => wait_for_state(lock).await?,
            None => None,
        };
        restore_durable(&mut **draft, handed_over, failed).await?;
    }
    Ok(load_consistent(drafts).await?)
}

/// Loads the events that a conflict brings, or without one those that the store has by now.
pub(super) async fn catch_up(
    drafts: &mut [&mut dyn ErasedDraft],
    conflict: Option<&Conflict>,
) -> Result<(), LoadError> {
    for draft in &mut *drafts {
        catch_up_draft(&mut **draft, conflict).await?;
    }
    load_consistent(drafts).await
}

/// The receipt of the caller's commit, if it is stored already. The first event of the commit may be
/// in the stream of any of the targets.
pub(super) async fn find_receipt(
    store: &dyn StreamStore,
    drafts: &[&mut dyn ErasedDraft],
    commit_id: Option<Uuid>,
) -> Result<Option<Receipt>, ReadError> {
    let Some(commit_id) = commit_id else {
        return Ok(None);
    };
    for draft in drafts {
        let receipt = store.receipt(draft.stream().clone(), commit_id).await?;
        if let Some(receipt) = receipt {
            return Ok(Some(receipt.into_repeated()));
        }
    }
    Ok(None)
}

/// Takes the state that was handed over, once its commit is durable or has failed.
async fn wait_for_state(lock: &mut StreamLockGuard) -> Result<Option<HandedOverState>, NotGranted> {
    if let Some(handed_over) = lock.state() {
        let tip = handed_over.tip.clone();
        lock.wait_for(tip.chain.wait_until_durable(tip.version))
            .await?;
    }
    Ok(lock.take_state())
}

/// Loads a draft as the store has it, starting from the state that was handed over or cached, if
/// that is durable.
async fn restore_durable(
    draft: &mut dyn ErasedDraft,
    handed_over: Option<HandedOverState>,
    failed: Option<&FailedCommit>,
) -> Result<(), LoadError> {
    let stream = draft.stream().clone();
    let handed_over = handed_over.filter(|handed_over| handed_over.is_of(draft.settings()));
    let cached = || HandedOverState::from_cache(draft.settings(), &stream);
    let Some(HandedOverState {
        tip, state, base, ..
    }) = handed_over.or_else(cached)
    else {
        return draft.load().await;
    };
    if let Some(revision) = tip.durable_revision() {
        draft.restore(StateAt { state, revision });
        return draft.verify(Freshness::Latest).await;
    }
    // If this attempt handed the state over itself, with the commit that has failed since, the state before
    // that commit is enough.
    let durable = tip.chain.durable_revision();
    if let Some(FailedCommit {
        commit_id,
        conflict,
    }) = failed
        && tip.commit == Some(*commit_id)
        && let Some(StateAt { state, revision }) = base
        && revision.version() == durable.version()
    {
        // The position of the base was not known when the base was made.
        let revision = durable;
        draft.restore(StateAt { state, revision });
        return catch_up_draft(draft, conflict.as_deref()).await;
    }
    draft.load().await
}

async fn catch_up_draft(
    draft: &mut dyn ErasedDraft,
    conflict: Option<&Conflict>,
) -> Result<(), LoadError> {
    if let Some(conflict) = conflict {
        return draft.catch_up(conflict).await;
    }
    draft.restore_base();
    draft.verify(Freshness::Latest).await
}

/// Loads the drafts until all of them are states of one moment, since a decision on states of
/// different moments may be wrong. The drafts were loaded one after the other. If none of the
/// aggregates has changed since, all of them were in these states when the last one was loaded. A
/// single draft is always consistent.
async fn load_consistent(drafts: &mut [&mut dyn ErasedDraft]) -> Result<(), LoadError> {
    let mut has_changed = drafts.len() > 1;
    while has_changed {
        has_changed = false;
        for draft in &mut *drafts {
            let before = draft.revision();
            draft.load().await?;
            has_changed |= draft.revision() != before;
        }
    }
    Ok(())
}
