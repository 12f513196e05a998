//! Checks outside of the lock of the append, or in the wrong order.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{BoxFuture, Commit};
use eventsource_core::{AppendError, MemoryStore, Receipt, Store, StreamStore};
use uuid::Uuid;

use crate::expectations::{check_all, is_guard, is_stored, without};
use crate::faulty::Fault;
use crate::verdict::fails;

/// The time between a statement and the next one.
pub(crate) const BETWEEN: Duration = Duration::from_millis(1);

type Appended<'a> = BoxFuture<'a, Result<Receipt, AppendError>>;

/// `NoneMatch` is checked by a query before the append.
#[derive(Clone)]
struct GuardOutside;

impl Fault for GuardOutside {
    fn append<'a>(&'a self, right: &'a MemoryStore, commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            if !commit.expectations.iter().any(is_guard) || is_stored(right, &commit).await? {
                return right.append(commit).await;
            }
            check_all(right, &commit.expectations).await?;
            tokio::time::sleep(BETWEEN).await;
            right.append(without(commit, is_guard)).await
        })
    }
}

#[test]
fn a_guard_is_checked_outside_of_the_lock() {
    fails(
        || GuardOutside,
        &["of_two_that_forbid_each_other_one_is_stored"],
    );
}

/// The id of a commit is looked up before the append, and nothing else tells a second one.
#[derive(Clone)]
struct LookUpOutside;

impl Fault for LookUpOutside {
    fn append<'a>(&'a self, right: &'a MemoryStore, mut commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            if is_stored(right, &commit).await? || !commit.expectations.is_empty() {
                return right.append(commit).await;
            }
            tokio::time::sleep(BETWEEN).await;
            if is_stored(right, &commit).await? {
                commit.id = Uuid::now_v7();
            }
            right.append(commit).await
        })
    }
}

#[test]
fn an_id_is_looked_up_outside_of_the_lock() {
    fails(
        || LookUpOutside,
        &["the_same_commit_at_once_is_stored_once"],
    );
}

/// The expectations are checked, and then the id is looked up.
#[derive(Clone)]
struct ExpectationFirst;

impl Fault for ExpectationFirst {
    fn append<'a>(&'a self, right: &'a MemoryStore, commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            // A pipelined commit is checked behind those before it, by the right store.
            if is_stored(right, &commit).await? {
                check_all(right, &commit.expectations).await?;
            }
            right.append(commit).await
        })
    }
}

#[test]
fn an_id_is_looked_up_after_the_expectations() {
    fails(
        || ExpectationFirst,
        &[
            "the_same_commit_is_stored_once",
            "an_id_that_is_said_to_be_new_is_not_stored_again",
            "it_agrees_with_the_memory_store",
        ],
    );
}

/// The id is looked up only where an expectation does not hold, also where the commit may repeat.
#[derive(Clone)]
struct LookUpOnConflict;

impl Fault for LookUpOnConflict {
    fn append<'a>(&'a self, right: &'a MemoryStore, mut commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            let holds = check_all(right, &commit.expectations).await.is_ok();
            if holds && is_stored(right, &commit).await? {
                commit.id = Uuid::now_v7();
            }
            right.append(commit).await
        })
    }
}

#[test]
fn a_retry_without_expectations_is_stored_again() {
    fails(
        || LookUpOnConflict,
        &[
            "another_commit_under_the_id_is_an_error",
            "an_id_that_is_said_to_be_new_is_not_stored_again",
            "the_id_is_unique_within_the_first_stream",
            "a_commit_without_expectations_is_stored_once",
            "the_same_commit_at_once_is_stored_once",
            "a_revision_is_the_same_from_receipts_pages_and_conflicts",
            "a_stream_too_far_ahead_of_the_clock_is_refused",
            "it_agrees_with_the_memory_store",
        ],
    );
}

/// Expectations are checked from the last one to the first.
#[derive(Clone)]
struct LastFirst;

impl Fault for LastFirst {
    fn append<'a>(&'a self, right: &'a MemoryStore, mut commit: Commit) -> Appended<'a> {
        commit.expectations.reverse();
        right.append(commit)
    }
}

#[test]
fn the_last_expectation_that_fails_is_reported() {
    fails(
        || LastFirst,
        &[
            "the_first_expectation_that_fails_is_reported",
            "it_agrees_with_the_memory_store",
        ],
    );
}

/// Streams are locked in the order in which a commit names them.
#[derive(Clone, Default)]
struct LockedInOrderOfUse(Arc<std::sync::Mutex<Locks>>);

type Locks = std::collections::HashMap<eventsource_core::StreamId, Arc<tokio::sync::Mutex<()>>>;

impl Fault for LockedInOrderOfUse {
    fn append<'a>(&'a self, right: &'a MemoryStore, commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            let mut streams = Vec::new();
            for event in &commit.events {
                if !streams.contains(&event.stream) {
                    streams.push(event.stream.clone());
                }
            }
            let mut guards = Vec::new();
            let is_alone = streams.len() == 1;
            for stream in streams.into_iter().filter(|_| !is_alone) {
                let lock = self.0.lock().unwrap().entry(stream).or_default().clone();
                guards.push(lock.lock_owned().await);
                tokio::task::yield_now().await;
            }
            right.append(commit).await
        })
    }
}

#[test]
fn streams_are_locked_in_the_order_of_their_use() {
    fails(
        LockedInOrderOfUse::default,
        &["commits_over_streams_in_either_order_all_end"],
    );
}
