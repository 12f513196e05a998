//! The events that somebody wants of some pages.

use std::collections::VecDeque;
use std::sync::Arc;

use super::PublishedPage;
use crate::store::{Horizon, Query, StoredEvent};
use crate::values::Position;

/// Events that a listener asked for, in order, and up to where there are no others. The pages they
/// are in may be shared with other listeners.
#[derive(Clone, Debug)]
pub struct EventBatch {
    /// At least one, each after the one before.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    carried: Arc<PublishedPage>,
    wanted: Wanted,
    /// Up to here there are no others.
    through: Horizon,
}

#[derive(Clone, Debug)]
enum Wanted {
    All,
    These(Vec<usize>),
}

impl EventBatch {
    /// All events of a page.
    pub(crate) fn all(carried: PublishedPage) -> Self {
        let part = Part {
            through: carried.page.through(),
            carried: Arc::new(carried),
            wanted: Wanted::All,
        };
        Self { parts: vec![part] }
    }

    /// The events after a position that match the query.
    pub(crate) fn matching(carried: Arc<PublishedPage>, query: &Query, after: Horizon) -> Self {
        let events = carried.page.events().enumerate();
        let wanted = events
            .filter(|(_, event)| {
                event.position.offset() > after.position().offset() && query.matches(event)
            })
            .map(|(index, _)| index)
            .collect();
        Self {
            parts: vec![Part {
                through: carried.page.through(),
                carried,
                wanted: Wanted::These(wanted),
            }],
        }
    }

    /// The events of a page at these positions.
    pub(crate) fn at(carried: Arc<PublishedPage>, positions: &[Position]) -> Self {
        let events = carried.page.events().enumerate();
        let wanted = events
            .filter(|(_, event)| positions.contains(&event.position))
            .map(|(index, _)| index)
            .collect();
        let wanted = Wanted::These(wanted);
        Self {
            parts: vec![Part {
                through: carried.page.through(),
                carried,
                wanted,
            }],
        }
    }

    /// Adds those that come next.
    pub(crate) fn append(&mut self, mut next: Self) {
        self.parts.append(&mut next.parts);
    }

    /// The events of one commit after the other; what is behind the last event goes with it. There is
    /// at least one, and without events if this has none.
    pub(crate) fn commits(self) -> VecDeque<Self> {
        let mut commits = VecDeque::new();
        for part in self.parts {
            commits.extend(
                part.commits()
                    .into_iter()
                    .map(|part| Self { parts: vec![part] }),
            );
        }
        commits
    }

    /// The events.
    pub fn events(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        self.parts.iter().flat_map(Part::events)
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Up to here there are no others.
    #[must_use]
    pub fn through(&self) -> Horizon {
        self.last().through
    }

    /// Whether there was nothing more when it was read.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        let last = self.last();
        let page = &last.carried.page;
        page.is_complete() && last.through == page.through()
    }

    fn last(&self) -> &Part {
        self.parts.last().expect("a batch has a part")
    }
}

impl Part {
    fn events(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        let page = &self.carried.page;
        let (all, these) = match &self.wanted {
            Wanted::All => (Some(page.events()), None),
            Wanted::These(these) => (None, Some(these)),
        };
        let these = these.into_iter().flatten();
        let these = these.filter_map(|&index| page.get(index));
        all.into_iter().flatten().chain(these)
    }

    fn len(&self) -> usize {
        match &self.wanted {
            Wanted::All => self.carried.page.len(),
            Wanted::These(these) => these.len(),
        }
    }

    fn commits(self) -> Vec<Self> {
        let page = &self.carried.page;
        let wanted = match &self.wanted {
            Wanted::All => (0..page.len()).collect(),
            Wanted::These(these) => these.clone(),
        };
        let event = |index: &usize| page.get(*index).expect("it is in the page");
        let commit = |index: &usize| event(index).commit.first;
        let commits = wanted.chunk_by(|one, next| commit(one) == commit(next));
        let part = |commit: &[usize]| Self {
            carried: Arc::clone(&self.carried),
            through: commit
                .last()
                .map_or(self.through, |last| event(last).horizon()),
            wanted: Wanted::These(commit.to_vec()),
        };
        let mut parts: Vec<Self> = commits.map(part).collect();
        match parts.last_mut() {
            Some(last) => last.through = self.through,
            None => parts.push(self),
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::codec::Codec;
    use crate::memory::MemoryStore;
    use crate::store::{Commit, EventLog, NewEvent, Query, ReadLog, StreamStore};
    use crate::values::StreamId;

    /// Two commits of two events, and a last one that is not asked for.
    async fn carried() -> (MemoryStore, Arc<PublishedPage>) {
        let store = MemoryStore::new();
        for names in [["a", "b"], ["a", "b"], ["c", "c"]] {
            let stream = StreamId::new("cart", Uuid::now_v7());
            let event = |name: &str| {
                NewEvent::new(
                    stream.clone(),
                    name.to_owned(),
                    1,
                    Codec::Json,
                    b"{}".to_vec(),
                )
            };
            let commit = Commit::new(Uuid::now_v7(), names.map(event).to_vec());
            store.append(commit).await.unwrap();
        }
        let page = store.read(ReadLog::new(Query::all())).await.unwrap();
        (store, Arc::new(PublishedPage::new(Horizon::START, page)))
    }

    fn told(batch: EventBatch) -> Vec<(usize, u64, bool)> {
        let told = |commit: EventBatch| {
            (
                commit.len(),
                commit.through().position().offset().get(),
                commit.is_at_head(),
            )
        };
        batch.commits().into_iter().map(told).collect()
    }

    #[tokio::test]
    async fn the_commits_of_a_batch_come_one_after_the_other_and_the_last_goes_to_its_end() {
        let (_store, carried) = carried().await;
        let all = EventBatch::all((*carried).clone());
        let each = [(2, 2, false), (2, 4, false), (2, 6, true)];
        assert_eq!(told(all.clone()), each);

        let wanted = crate::store::Filter::new().name("b").into();
        let some = EventBatch::matching(Arc::clone(&carried), &wanted, Horizon::START);
        assert_eq!(told(some.clone()), [(1, 2, false), (1, 6, true)]);

        let none = EventBatch::matching(carried, &wanted, Horizon::unchecked(Position::new(4)));
        assert_eq!(told(none.clone()), [(0, 6, true)]);

        let mut several = some;
        several.append(none);
        assert_eq!(told(several), [(1, 2, false), (1, 6, true), (0, 6, true)]);
    }
}
