//! The facts that a decider knows of a store.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::lookup::Guard;
use super::plan::{Plan, PlannedStream};
use crate::engine::new_commit::NewCommit;
use crate::store::{CommitHeader, Page, Query, ReadError, Revision, StoredEvent};
use crate::values::{Position, StreamId, Timestamp};

/// A stream that a store has found.
///
/// ```
/// use eventsource_core::engine::StreamState;
/// use eventsource_core::{Position, Revision, Timestamp, uuid::Uuid};
///
/// let state = StreamState {
///     revision: Revision::new(3, Position::new(17), Uuid::nil()),
///     recorded_at: Timestamp::from_micros(1_000_000),
///     row: 42, // the number of the stream in the store's table
/// };
/// assert_eq!(state.revision.version(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to name all of it")]
pub struct StreamState<R> {
    /// The revision after its last event.
    pub revision: Revision,
    /// The time at which its last event was recorded.
    pub recorded_at: Timestamp,
    /// The handle by which the store finds the stream when it writes the plan, such as a number; `()` if
    /// it needs only the name.
    pub row: R,
}

/// The facts that were looked up, and their state after the accepted plans.
#[derive(Debug)]
pub(super) struct Known<'g, R> {
    streams: HashMap<&'g StreamId, Option<KnownStream<R>>>,
    commits: HashMap<(&'g StreamId, Uuid), Option<CommitHeader>>,
    guards: HashMap<(&'g Query, Position), Matches<'g>>,
    accepted: Vec<&'g NewCommit>,
}

/// A stream that has events, some of which may be in accepted plans.
#[derive(Clone, Debug)]
pub(super) struct KnownStream<R> {
    pub(super) revision: Revision,
    pub(super) recorded_at: Timestamp,
    pub(super) row: Option<R>,
    /// The id of the accepted commit of its last event, and whether that commit begins in this stream.
    /// `None` if no accepted commit has written the stream.
    last_commit: Option<(Uuid, bool)>,
}

/// The known state of a commit.
pub(super) enum KnownCommit<'a> {
    NotLookedUp,
    /// No commit is stored under the id.
    Missing,
    Stored(&'a CommitHeader),
}

/// The known state of a guard.
pub(super) enum GuardState<'g> {
    /// The state needs this look-up.
    Needs(Guard<'g>),
    Holds,
    Matched,
    /// The store has answered with a page that leads backwards.
    Unreadable(ReadError),
}

/// The events that match a guard, or a part of it.
#[derive(Debug)]
struct Matches<'g> {
    guard: Guard<'g>,
    page: Page,
    /// The number of plans that were accepted before the store read the page.
    accepted: usize,
}

impl<R> Default for Known<'_, R> {
    fn default() -> Self {
        Self {
            streams: HashMap::new(),
            commits: HashMap::new(),
            guards: HashMap::new(),
            accepted: Vec::new(),
        }
    }
}

impl<'g, R: Clone> Known<'g, R> {
    pub(super) fn add_stream(&mut self, stream: &'g StreamId, found: Option<StreamState<R>>) {
        let known = found.map(|found| KnownStream {
            revision: found.revision,
            recorded_at: found.recorded_at,
            row: Some(found.row),
            last_commit: None,
        });
        self.streams.insert(stream, known);
    }

    pub(super) fn add_commit(
        &mut self,
        first: &'g StreamId,
        id: Uuid,
        found: Option<CommitHeader>,
    ) {
        self.commits.insert((first, id), found);
    }

    pub(super) fn add_guard(&mut self, guard: Guard<'g>, page: Page) {
        let accepted = self.accepted.len();
        let matches = Matches {
            guard,
            page,
            accepted,
        };
        self.guards.insert((guard.query, guard.after), matches);
    }

    /// Whether a stream was looked up or written.
    pub(super) fn has_stream(&self, stream: &StreamId) -> bool {
        self.streams.contains_key(stream)
    }

    /// The stream, if it has events.
    pub(super) fn stream(&self, stream: &StreamId) -> Option<&KnownStream<R>> {
        self.streams.get(stream)?.as_ref()
    }

    pub(super) fn revision(&self, stream: &StreamId) -> Revision {
        self.stream(stream)
            .map_or(Revision::NONE, |known| known.revision)
    }

    /// The commit under this id whose first event went to the stream.
    pub(super) fn commit(&self, first: &'g StreamId, id: Uuid) -> KnownCommit<'_> {
        if self.has_stream(first) && self.stream(first).is_none() {
            return KnownCommit::Missing;
        }
        match self.commits.get(&(first, id)) {
            None => KnownCommit::NotLookedUp,
            Some(None) => KnownCommit::Missing,
            Some(Some(commit)) => KnownCommit::Stored(commit),
        }
    }

    /// Whether the last event of a stream came with a commit that began there; `None` if that commit
    /// has to be looked up.
    pub(super) fn ends_with(&self, stream: &'g StreamId, commit: Uuid) -> Option<bool> {
        let Some(known) = self.stream(stream) else {
            return Some(false);
        };
        if let Some(last) = known.last_commit {
            return Some(last == (commit, true));
        }
        let (version, position) = (known.revision.version(), known.revision.position());
        if Revision::new(version, position, commit) != known.revision {
            return Some(false);
        }
        match self.commit(stream, commit) {
            KnownCommit::NotLookedUp => None,
            KnownCommit::Missing => Some(false),
            KnownCommit::Stored(commit) => {
                let (first, last) = (commit.first.offset(), commit.last().offset());
                Some((first..=last).contains(&position.offset()))
            }
        }
    }

    /// Whether events match a guard.
    pub(super) fn guard(&self, guard: Guard<'g>) -> GuardState<'g> {
        let Some(matches) = self.guards.get(&(guard.query, guard.after)) else {
            return GuardState::Needs(guard);
        };
        let mut since = self.accepted[matches.accepted..].iter();
        if since.any(|new| is_matched(&guard, new)) {
            return GuardState::Needs(guard);
        }
        if !matches.page.is_empty() {
            return GuardState::Matched;
        }
        if matches.page.is_complete() {
            return GuardState::Holds;
        }
        match matches.guard.behind(&matches.page) {
            Ok(rest) => GuardState::Needs(rest),
            Err(error) => GuardState::Unreadable(error),
        }
    }

    pub(super) fn take_matches(&mut self, guard: &Guard<'g>) -> Page {
        self.guards
            .remove(&(guard.query, guard.after))
            .map_or_else(Page::default, |matches| matches.page)
    }

    pub(super) fn accept(&mut self, plan: &Plan<'g, R>) {
        let first = plan.streams[0].stream;
        if !self.commits.is_empty() {
            self.commits.remove(&(first, plan.header.id));
        }
        for (index, planned) in plan.streams.iter().enumerate() {
            let known = KnownStream::after(planned, plan, index == 0);
            if !planned.begins() || known.row.is_none() {
                self.streams.insert(planned.stream, Some(known));
            } else if !self.streams.is_empty() {
                // The store finds the stream by a look-up, if a later commit of the group writes it again,
                // which is rare.
                self.streams.remove(planned.stream);
            }
        }
        self.accepted.push(plan.new);
    }
}

impl<R: Clone> KnownStream<R> {
    fn after(planned: &PlannedStream<'_, R>, plan: &Plan<'_, R>, is_first: bool) -> Self {
        Self {
            revision: planned.revision,
            recorded_at: plan.header.recorded_at,
            row: planned.row.clone(),
            last_commit: Some((plan.header.id, is_first)),
        }
    }
}

/// Whether an event of an accepted commit matches a guard. All of them are behind its position.
fn is_matched(guard: &Guard<'_>, new: &NewCommit) -> bool {
    let commit = &new.commit;
    let (first, time) = (guard.after, Timestamp::default());
    let header = Arc::new(CommitHeader::new(commit.id, first, 0, time, new.digest));
    let mut events = commit.events.iter();
    events.any(|event| {
        let event = StoredEvent::unplaced(event, 0, &header);
        guard.query.matches(&event)
    })
}
