//! The commits of a store.

use eventsource_core::store::{Commit, Imported, Page, ReadLog, StoredEvent};
use eventsource_core::{EventLog, Horizon, MemoryStore, Position, Query, Store, StreamStore};

use crate::disk::at_once;
use crate::environment::FixedEnvironment;

/// Hands over each page of a store, from the start on.
pub(crate) fn each_page(store: &MemoryStore, hand_over: impl FnMut(&Page)) {
    each_page_after(store, Horizon::START, hand_over);
}

/// Hands over each page after a horizon.
fn each_page_after(store: &MemoryStore, mut after: Horizon, mut hand_over: impl FnMut(&Page)) {
    loop {
        let read = ReadLog::new(Query::all()).after(after).limit(4_000);
        let page = at_once(store.read(read)).expect("a store in memory reads its own history");
        hand_over(&page);
        if page.is_complete() {
            return;
        }
        after = page.through();
    }
}

/// The first commits of a store in another one, at the positions that they have. The snapshots are left
/// out.
pub(crate) fn copy_of_first(store: &MemoryStore, commits: usize) -> MemoryStore {
    let copy = MemoryStore::in_environment(FixedEnvironment(store.id().uuid()));
    let mut next = 1;
    for (first, commit) in first_commits(store, commits) {
        copy.skip_positions(first - next);
        next = first + commit.commit.events.len() as u64;
        at_once(copy.import(vec![commit])).expect("what one store has, another one takes");
    }
    copy
}

/// The horizons of the events after one.
pub(crate) fn events_after(store: &MemoryStore, after: Horizon) -> Vec<Horizon> {
    let mut horizons = Vec::new();
    each_page_after(store, after, |page| {
        horizons.extend(page.events().map(|event| event.horizon()));
    });
    horizons
}

/// The first commits of a store, each with the offset of its first event.
fn first_commits(store: &MemoryStore, count: usize) -> Vec<(u64, Imported)> {
    let mut commits = Vec::new();
    each_page(store, |page| {
        let more = commits_of(page).into_iter();
        let more = more.map(|(first, commit)| (first.offset().get(), commit));
        commits.extend(more.take(count - commits.len()));
    });
    commits
}

/// The commits of a page, each with the position of its first event.
pub(crate) fn commits_of(page: &Page) -> Vec<(Position, Imported)> {
    let events: Vec<StoredEvent<'_>> = page.events().collect();
    let chunks = events.chunk_by(|one, next| one.commit.first == next.commit.first);
    chunks
        .map(|events| (events[0].commit.first, imported(events)))
        .collect()
}

fn imported(events: &[StoredEvent<'_>]) -> Imported {
    let header = events[0].commit;
    let commit = Commit::new(
        header.id,
        events.iter().map(StoredEvent::to_new_event).collect(),
    );
    let commit = commit.metadata(header.metadata().clone());
    Imported::new(commit, header.recorded_at).digest(header.digest)
}
