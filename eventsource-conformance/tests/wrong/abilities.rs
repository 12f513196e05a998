//! Stores without the optional abilities, and stores that declare them wrongly.

use std::sync::Arc;

use eventsource_conformance::store;
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Conflict, Expect, NoneMatchGuards, Page, ReadLog, StoreError,
    StoreErrorKind,
};
use eventsource_core::{
    AppendError, EventLog, Horizon, MemoryStore, Query, ReadError, Receipt, Store, StreamId,
    StreamStore,
};
use uuid::Uuid;

use crate::expectations::{is_guard, is_stored, stream_of, without};
use crate::faulty::{Fault, FaultyBed, sibling};
use crate::right::assert_keeps_all;
use crate::verdict::{assert_fails, fails};

type Appended<'a> = BoxFuture<'a, Result<Receipt, AppendError>>;

/// A store of partitions: a commit stays within one of them, and ids come in another order than that
/// of their bytes. It takes neither guards nor followers, and keeps no snapshots.
#[derive(Clone)]
struct Partitioned {
    declared: Capabilities,
}

const PARTITIONS: u128 = 8;

fn partition(stream: &StreamId) -> u128 {
    stream.root_id().as_u128() % PARTITIONS
}

/// The first reason why the store cannot take a commit.
fn lacks(commit: &Commit) -> Option<&'static str> {
    let is_follower = |expect: &Expect| matches!(expect, Expect::Follows { .. });
    if commit.expectations.iter().any(is_follower) {
        return Some("a commit follows none");
    }
    if commit.expectations.iter().any(is_guard) {
        return Some("a commit has no guards");
    }
    let written = commit.events.iter().map(|event| &event.stream);
    let mut streams = written.chain(commit.expectations.iter().filter_map(stream_of));
    let first = streams.next().map(partition);
    let is_elsewhere = |stream| Some(partition(stream)) != first;
    streams
        .any(is_elsewhere)
        .then_some("a commit stays within one partition")
}

impl Fault for Partitioned {
    fn capabilities(&self) -> Capabilities {
        self.declared
    }

    fn keeps_snapshots(&self) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        let is_near = |other: &StreamId| partition(other) == partition(stream);
        let mut others = std::iter::repeat_with(|| sibling(stream));
        others.find(is_near).expect("there are enough ids")
    }

    fn append<'a>(&'a self, right: &'a MemoryStore, commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            let lacks = lacks(&commit);
            if let Some(lacks) = lacks
                && !is_stored(right, &commit).await?
            {
                return Err(StoreError::new(StoreErrorKind::Unsupported, lacks).into());
            }
            right.append(commit).await
        })
    }

    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        (tenant, category): (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move { unsorted(right, (tenant, category), after, limit).await })
    }
}

async fn unsorted(
    right: &MemoryStore,
    (tenant, category): (&str, &str),
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Uuid>, ReadError> {
    let order = |id: &Uuid| id.as_u128().reverse_bits();
    let mut ids = right.root_ids(tenant, category, None, usize::MAX).await?;
    ids.sort_by_key(order);
    let after = after.as_ref().map(order);
    ids.retain(|id| after.is_none_or(|after| order(id) > after));
    ids.truncate(limit);
    Ok(ids)
}

#[test]
fn a_right_store_without_optional_abilities() {
    let declared = Capabilities::default();
    let report = store::run(|| FaultyBed::new(Partitioned { declared }));
    let lacks = [
        "hold",
        "cut",
        "snapshots",
        "follows",
        "none_match",
        "commit_over_streams",
        "root_ids_sorted",
    ];
    assert_keeps_all(&report, &lacks);
}

#[test]
fn commits_over_streams_are_declared_and_refused() {
    let declared = || {
        let mut declared = Capabilities::default();
        declared.commit_over_streams = true;
        Partitioned { declared }
    };
    fails(
        declared,
        &[
            "a_commit_takes_any_streams_of_a_tenant",
            "it_agrees_with_the_memory_store",
        ],
    );
}

#[test]
fn followers_are_declared_and_refused() {
    let declared = || {
        let mut declared = Capabilities::default();
        declared.follows = true;
        Partitioned { declared }
    };
    fails(
        declared,
        &[
            "a_commit_follows_another_and_nothing_else",
            "commits_that_follow_each_other_may_be_sent_together",
            "a_commit_that_follows_a_refused_one_is_refused",
            "many_followers_are_stored_in_their_order",
            "it_agrees_with_the_memory_store",
        ],
    );
}

/// A store that declares no ability and accepts every commit.
#[derive(Clone)]
struct TakesUndeclared;

impl Fault for TakesUndeclared {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

#[test]
fn what_is_not_declared_is_taken() {
    let report = store::run(|| FaultyBed::new(TakesUndeclared));
    assert_fails(
        &report,
        &[
            "a_commit_follows_another_and_nothing_else",
            "commits_that_follow_each_other_may_be_sent_together",
            "a_commit_that_follows_a_refused_one_is_refused",
            "many_followers_are_stored_in_their_order",
            "no_event_may_match_a_query",
            "of_two_that_forbid_each_other_one_is_stored",
            "a_guard_sees_the_append_that_it_waited_for",
            "guards_of_a_commit_are_limited",
        ],
    );
    for ability in ["follows", "none_match"] {
        let reason = format!(
            "`{ability}` is not declared, so the commit has to be refused as `Unsupported`; \
             the store answered Ok"
        );
        assert!(
            report.failed.iter().any(|it| it.reason == reason),
            "{report}"
        );
    }
}

/// Ids come in the order of a hash.
#[derive(Clone)]
struct UnsortedIds;

impl Fault for UnsortedIds {
    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        of: (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move { unsorted(right, of, after, limit).await })
    }
}

#[test]
fn ids_are_declared_as_sorted_and_are_not() {
    fails(|| UnsortedIds, &["root_ids_come_in_their_order"]);
}

/// A commit with a guard is stored if nothing at all came in its tenant since.
#[derive(Clone, Default)]
struct CoarseGuards {
    lock: Arc<tokio::sync::Mutex<()>>,
    ignored: bool,
}

impl CoarseGuards {
    async fn check(&self, right: &MemoryStore, expect: &Expect) -> Result<(), AppendError> {
        let Expect::NoneMatch { query, after } = expect else {
            return Ok(());
        };
        let mut any = Query::all();
        any.tenant.clone_from(&query.tenant);
        let read = ReadLog::new(any).after(Horizon::unchecked(*after));
        let came: Page = right.read(read.limit(1)).await?;
        if came.is_empty() || self.ignored {
            return Ok(());
        }
        let nothing = ReadLog::new(Query::all()).after(right.head().await?);
        let missed = right.read(nothing).await?;
        Err(Conflict::new(expect.clone(), None, missed).into())
    }
}

impl Fault for CoarseGuards {
    fn capabilities(&self) -> Capabilities {
        let mut declared = Capabilities::all();
        declared.none_match = NoneMatchGuards::Coarse;
        declared
    }

    fn append<'a>(&'a self, right: &'a MemoryStore, commit: Commit) -> Appended<'a> {
        Box::pin(async move {
            right.limits().check(&commit)?;
            if !commit.expectations.iter().any(is_guard) {
                return right.append(commit).await;
            }
            let _lock = self.lock.lock().await;
            if !is_stored(right, &commit).await? {
                for expect in &commit.expectations {
                    self.check(right, expect).await?;
                }
            }
            right.append(without(commit, is_guard)).await
        })
    }
}

#[test]
fn a_right_store_with_coarse_guards() {
    let report = store::run(|| FaultyBed::new(CoarseGuards::default()));
    assert_keeps_all(&report, &["hold", "cut", "none_match"]);
}

#[test]
fn coarse_guards_are_no_guards() {
    let ignored = || CoarseGuards {
        ignored: true,
        ..CoarseGuards::default()
    };
    fails(ignored, &["of_two_that_forbid_each_other_one_is_stored"]);
}
