//! Limits that are not kept.

use eventsource_core::store::{BoxFuture, Commit, Expect, Page, ReadLog};
use eventsource_core::{AppendError, EventLog, MemoryStore, ReadError, Receipt, StreamStore};

use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// A query that is too large finds nothing, as one that a server gives up.
#[derive(Clone)]
struct FindsNothing;

impl Fault for FindsNothing {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            match right.read(read).await {
                Err(ReadError::Limit { .. }) => Ok(page::of([], right.head().await?, true)),
                answer => answer,
            }
        })
    }
}

#[test]
fn a_query_that_is_too_large_finds_nothing() {
    fails(|| FindsNothing, &["queries_are_limited"]);
}

/// Parts of a commit in other tenants than that of its first event are left out.
#[derive(Clone)]
struct LeavesOutOtherTenants;

impl Fault for LeavesOutOtherTenants {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        if let Some(first) = commit.events.first() {
            let tenant = first.stream.tenant().to_owned();
            commit
                .events
                .retain(|event| event.stream.tenant() == tenant);
            commit.expectations.retain(|expect| match expect {
                Expect::NoStream(stream)
                | Expect::At { stream, .. }
                | Expect::AtVersion { stream, .. }
                | Expect::Follows { stream, .. } => stream.tenant() == tenant,
                Expect::NoneMatch { query, .. } => query.tenant.as_deref() == Some(&*tenant),
                _ => true,
            });
        }
        right.append(commit)
    }
}

#[test]
fn what_is_of_another_tenant_is_left_out() {
    fails(
        || LeavesOutOtherTenants,
        &["a_commit_stays_within_one_tenant"],
    );
}
