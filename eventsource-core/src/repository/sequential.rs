//! Commits on durable state.

use uuid::Uuid;

use super::ExecuteError;
use super::commit_outcome::CommitOutcome;
use super::erased_draft::ErasedDraft;
use super::load::find_receipt;
use super::pending::Tip;
use super::stream_lock::StreamLockGuard;
use crate::future::start_then::start_then;
use crate::store::{AppendError, Commit, Receipt, StreamStore};

/// Appends the events of a decision that was made on durable state, and hands the states over once
/// the commit is durable. If it fails, the drafts keep their states, to be decided on again.
pub(super) async fn run<R>(
    store: &dyn StreamStore,
    drafts: &mut [&mut dyn ErasedDraft],
    commit_id: Option<Uuid>,
    decided: Result<Commit, ExecuteError<R>>,
    locks: &mut [StreamLockGuard],
) -> Result<CommitOutcome, ExecuteError<R>> {
    if !will_store_check(drafts, &decided)
        && let Some(receipt) = find_receipt(store, drafts, commit_id).await?
    {
        release_states(drafts, locks, None);
        return Ok(CommitOutcome::Stored(receipt));
    }
    let mut commit = match decided {
        Ok(commit) => commit,
        Err(error) => {
            release_states(drafts, locks, None);
            return Err(error);
        }
    };
    if commit.events.is_empty() {
        let revisions = drafts.iter().map(|it| (it.stream().clone(), it.revision()));
        let revisions = revisions.collect();
        release_states(drafts, locks, None);
        return Ok(CommitOutcome::Unchanged(revisions));
    }
    commit.expectations = drafts.iter().map(|draft| draft.expect()).collect();
    match append(store, drafts, commit).await {
        Ok(receipt) => {
            release_states(drafts, locks, Some(&receipt));
            Ok(CommitOutcome::Stored(receipt))
        }
        // The same command was executed elsewhere after the receipt was looked up, and its decision
        // has other events.
        Err(AppendError::CommitIdReused { commit_id: id }) if commit_id.is_some() => {
            let receipt = find_receipt(store, drafts, commit_id).await?;
            release_states(drafts, locks, None);
            let receipt = receipt.map(CommitOutcome::Stored);
            receipt.ok_or_else(|| AppendError::CommitIdReused { commit_id: id }.into())
        }
        Err(error) => Ok(CommitOutcome::Failed(error)),
    }
}

/// Whether the store will find out that the same command was executed elsewhere after the receipt
/// was looked up. The store knows a commit by the stream of its first event. With several aggregates
/// that may be another stream each time. A refusal is never sent to the store, and may rest on
/// events of this same command.
fn will_store_check<R>(
    drafts: &[&mut dyn ErasedDraft],
    decided: &Result<Commit, ExecuteError<R>>,
) -> bool {
    let has_events = decided
        .as_ref()
        .is_ok_and(|commit| !commit.events.is_empty());
    has_events && drafts.len() == 1
}

async fn append(
    store: &dyn StreamStore,
    drafts: &mut [&mut dyn ErasedDraft],
    commit: Commit,
) -> Result<Receipt, AppendError> {
    let append = start_then(store.append(commit), |early| {
        if !matches!(early, Some(Err(_))) {
            for draft in drafts {
                draft.write_snapshot();
            }
        }
    });
    append.await
}

/// Hands all states over to the next waiters: those after the commit, or those before the decision.
fn release_states(
    drafts: &mut [&mut dyn ErasedDraft],
    locks: &mut [StreamLockGuard],
    receipt: Option<&Receipt>,
) {
    // A repeated commit was decided on other states.
    let receipt = receipt.filter(|receipt| !receipt.repeated);
    for draft in drafts {
        let written = receipt.and_then(|receipt| receipt.revision_of(draft.stream()));
        if let Some(receipt) = receipt {
            draft.keep_snapshot(receipt);
        }
        let lock = locks
            .iter_mut()
            .find(|lock| lock.stream() == draft.stream());
        if let Some(lock) = lock
            && (written.is_some() || draft.restore_base())
        {
            let revision = written.unwrap_or_else(|| draft.revision());
            draft.hand_over(Tip::durable_at(revision), lock);
        }
    }
}
