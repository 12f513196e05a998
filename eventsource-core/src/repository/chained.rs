//! Commits that follow commits which are not durable yet.

use super::commit_outcome::CommitOutcome;
use super::erased_draft::ErasedDraft;
use super::load::DecisionBase;
use super::pending::{InFlightGuard, Tip};
use super::stream_lock::StreamLockGuard;
use super::{ExecuteError, ReadError};
use crate::future::start_then::start_then;
use crate::store::{Commit, ReadStream, Revision, StreamStore};
use crate::values::StreamId;

/// Appends the events of a decision behind the commits that are not durable yet, and releases the
/// lock as soon as the append is submitted. A decision without events, or an error of the
/// decision, is returned only if the state that it was made on turns out to be durable and current.
pub(super) async fn run<R>(
    store: &dyn StreamStore,
    draft: &mut dyn ErasedDraft,
    base: DecisionBase,
    decided: Result<Commit, ExecuteError<R>>,
    lock: &mut StreamLockGuard,
) -> Result<CommitOutcome, ExecuteError<R>> {
    let unchanged = match decided {
        Ok(commit) if !commit.events.is_empty() => {
            return Ok(append(store, draft, commit, &base.tip, lock).await);
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if draft.restore_base() {
        draft.hand_over(base.tip.clone(), lock);
    }
    let Some(revision) = still_current(store, lock, base).await? else {
        return Ok(CommitOutcome::Stale);
    };
    unchanged.map_err(|error| error.decided_at(revision))?;
    let stream = lock.stream().clone();
    Ok(CommitOutcome::Unchanged(vec![(stream, revision)]))
}

/// Appends a commit. The next decision runs while the store writes.
async fn append(
    store: &dyn StreamStore,
    draft: &mut dyn ErasedDraft,
    mut commit: Commit,
    tip: &Tip,
    lock: &mut StreamLockGuard,
) -> CommitOutcome {
    let next = tip.after(commit.id, commit.events.len());
    commit.expectations.push(tip.expect(lock.stream().clone()));
    let mut in_flight = InFlightGuard::new(&next);
    let append = start_then(store.append(commit), |early| {
        if let Some(result) = early {
            in_flight.record(result);
        }
        if !matches!(early, Some(Err(_))) {
            draft.write_snapshot();
        }
        draft.hand_over(next, lock);
    });
    let result = append.await;
    in_flight.record(&result);
    match result {
        Ok(receipt) => {
            draft.keep_snapshot(&receipt);
            CommitOutcome::Stored(receipt)
        }
        Err(error) => CommitOutcome::Failed(error),
    }
}

/// The revision that a decision without events was made at, if it is durable and no other process
/// appended to the stream before the decision.
async fn still_current<R>(
    store: &dyn StreamStore,
    lock: &StreamLockGuard,
    DecisionBase { tip, read }: DecisionBase,
) -> Result<Option<Revision>, ExecuteError<R>> {
    if read.is_some()
        || !lock
            .wait_for(tip.chain.wait_until_durable(tip.version))
            .await?
    {
        return Ok(read);
    }
    let found = revision_at(store, lock.stream().clone(), tip.version).await?;
    let durable = tip.chain.durable_revision();
    // The commits behind it in the chain were decided later, and found no event in between.
    let has_successor = durable.version() > tip.version;
    let is_current = |(revision, is_last)| has_successor || (is_last && revision == durable);
    Ok(found
        .filter(|&found| is_current(found))
        .map(|(revision, _)| revision))
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
