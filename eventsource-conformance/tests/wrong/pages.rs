//! Pages that end at the wrong event.

use std::ops::RangeInclusive;
use std::time::Duration;

use eventsource_core::store::{
    BoxFuture, Commit, Expect, Page, ReadLog, ReadStream, StoredEvent, Versions,
};
use eventsource_core::{
    AppendError, EventLog, MemoryStore, ReadError, Receipt, StreamId, StreamStore,
};
use uuid::Uuid;

use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// A store that applies the limit of a filtered page to rows, so that it splits commits.
#[derive(Clone)]
struct SplitsMatches;

impl Fault for SplitsMatches {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let (is_filtered, limit) = (!read.query.filters.is_empty(), read.max_events.max(1));
        Box::pin(async move {
            let page = right.read(read).await?;
            match page
                .get(limit - 1)
                .filter(|_| is_filtered && page.len() > limit)
            {
                Some(last) => Ok(page::first(&page, limit, last.horizon())),
                None => Ok(page),
            }
        })
    }
}

#[test]
fn a_filtered_page_splits_the_matches_of_a_commit() {
    fails(
        || SplitsMatches,
        &["a_filtered_page_keeps_the_matches_of_a_commit"],
    );
}

/// The rest of a commit is taken to stand at the next positions.
#[derive(Clone)]
struct SplitsOverStreams;

impl Fault for SplitsOverStreams {
    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let limit = read.max_events.max(1);
        Box::pin(async move {
            let page = right.read_stream(read).await?;
            let events: Vec<StoredEvent<'_>> = page.events().collect();
            let is_apart = |pair: &[StoredEvent<'_>]| {
                let [one, other] = [0, 1].map(|index: usize| pair[index].position.offset().get());
                one.abs_diff(other) > 1
            };
            let rest = events.get(limit - 1..).unwrap_or_default();
            match rest.windows(2).position(is_apart) {
                Some(at) => Ok(page::first(&page, limit + at, page.through())),
                None => Ok(page),
            }
        })
    }
}

#[test]
fn a_page_of_a_stream_splits_a_commit_over_streams() {
    fails(
        || SplitsOverStreams,
        &["a_page_of_a_stream_keeps_a_commit_over_streams"],
    );
}

/// A read that begins within a commit begins behind it: forward where commits are found by their first
/// version, backward where they are found by their last one.
#[derive(Clone)]
struct WholeCommits {
    is_backward: bool,
}

impl Fault for WholeCommits {
    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            let (Versions::After(from) | Versions::Before(from)) = read.versions;
            let commit = commit_at(right, &read.stream, from).await?;
            match &mut read.versions {
                Versions::After(version) if !self.is_backward => *version = *commit.end(),
                Versions::Before(version) if self.is_backward => *version = *commit.start(),
                _ => (),
            }
            right.read_stream(read).await
        })
    }
}

/// The versions of the commit of an event of a stream; this one alone where there is no event.
async fn commit_at(
    right: &MemoryStore,
    stream: &StreamId,
    version: u64,
) -> Result<RangeInclusive<u64>, ReadError> {
    let up_to = ReadStream::backward(stream.clone(), version.saturating_add(1)).limit(1);
    let from = ReadStream::forward(stream.clone(), version.saturating_sub(1)).limit(1);
    let (up_to, from) = (
        right.read_stream(up_to).await?,
        right.read_stream(from).await?,
    );
    Ok(match (up_to.last(), from.last()) {
        (Some(first), Some(last)) if version > 0 => first.version..=last.version,
        _ => version..=version,
    })
}

#[test]
fn a_read_leaves_out_the_commit_that_it_begins_in() {
    for is_backward in [false, true] {
        fails(
            || WholeCommits { is_backward },
            &["a_read_of_a_stream_may_begin_within_a_commit"],
        );
    }
}

/// The head is asked for after the rows, as in two statements without a transaction.
#[derive(Clone)]
struct ThroughAfterRows;

impl Fault for ThroughAfterRows {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let is_filtered = !read.query.filters.is_empty();
        Box::pin(async move {
            let page = right.read(read).await?;
            if !is_filtered || !page.is_complete() {
                return Ok(page);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
            let events = page.events().map(page::Event::from);
            Ok(page::of(events, right.head().await?, true))
        })
    }
}

pub(crate) const THROUGH: &[&str] = &["readers_at_the_tail_of_two_handles_miss_nothing"];

#[test]
fn the_horizon_of_a_filtered_page_is_taken_after_its_rows() {
    fails(|| ThroughAfterRows, THROUGH);
}

/// One row more is asked for, to know whether there is one.
#[derive(Clone)]
struct AsksForOneMore;

impl Fault for AsksForOneMore {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        read.max_events.checked_add(1).expect("the limit plus one");
        right.read(read)
    }
}

#[test]
fn a_limit_is_added_to() {
    fails(
        || AsksForOneMore,
        &[
            "a_visitor_is_shown_what_pages_hold",
            "the_largest_limit_gives_all",
        ],
    );
}

/// The range of a read ends `limit` behind its start.
#[derive(Clone)]
struct AddsToOffsets;

impl Fault for AddsToOffsets {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let first = i64::try_from(read.start.position().offset().get()).unwrap_or(i64::MAX);
        let range = i64::try_from(read.max_events).unwrap_or(0);
        first.checked_add(range).expect("the end of the range");
        right.read(read)
    }
}

#[test]
fn an_offset_is_calculated_with() {
    fails(
        || AddsToOffsets,
        &[
            "an_offset_near_the_largest_is_beyond_the_head",
            "a_position_in_another_log_is_refused",
        ],
    );
}

/// Versions are kept as 16 bits.
#[derive(Clone)]
struct SmallVersions;

impl Fault for SmallVersions {
    fn page(&self, page: Page) -> Page {
        page::changed(&page, |event| event.version &= u64::from(u16::MAX))
    }
}

#[test]
fn versions_begin_anew() {
    fails(
        || SmallVersions,
        &["seventy_thousand_events_of_a_stream_are_read"],
    );
}

/// A store that lists only some of the streams.
#[derive(Clone)]
struct ListsSome;

const LISTED: usize = 4_096;

impl Fault for ListsSome {
    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        (tenant, category): (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move {
            let mut all = right.root_ids(tenant, category, None, LISTED).await?;
            all.retain(|id| after.is_none_or(|after| *id > after));
            all.truncate(limit);
            Ok(all)
        })
    }
}

#[test]
fn a_part_of_the_streams_is_listed() {
    fails(
        || ListsSome,
        &["ten_thousand_streams_of_a_category_are_listed"],
    );
}

/// The offset of a revision is raised by one to find what is after it.
#[derive(Clone)]
struct AddsToRevisions;

impl Fault for AddsToRevisions {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        for expect in &commit.expectations {
            if let Expect::At { revision, .. } = expect {
                let offset = i64::try_from(revision.position().offset().get());
                let next = offset.unwrap_or(0).checked_add(1);
                next.expect("the next offset");
            }
        }
        right.append(commit)
    }
}

#[test]
fn the_offset_of_a_revision_is_calculated_with() {
    fails(
        || AddsToRevisions,
        &["a_revision_near_the_largest_offset_does_not_hold"],
    );
}
