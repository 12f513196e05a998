//! A batch: selected events of published pages.

use std::collections::VecDeque;
use std::sync::Arc;

use super::PublishedPage;
use crate::store::{Horizon, Query, StoredEvent};
use crate::values::Position;

/// Events that match a listener's query, in order. Up to [`through`](Self::through) there are no others.
/// The pages of the events may be shared with other listeners.
///
/// [Example](crate::runner#example).
#[derive(Clone, Debug)]
pub struct EventBatch {
    /// The parts in order, at least one.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    published: Arc<PublishedPage>,
    selection: Selection,
    /// The end of the part: up to here no other event matches.
    through: Horizon,
}

#[derive(Clone, Debug)]
enum Selection {
    All,
    Indices(Vec<usize>),
}

impl EventBatch {
    /// All events of a page.
    pub(crate) fn all(published: PublishedPage) -> Self {
        let part = Part {
            through: published.page.through(),
            published: Arc::new(published),
            selection: Selection::All,
        };
        Self { parts: vec![part] }
    }

    /// The events after a position that match the query.
    pub(crate) fn matching(published: Arc<PublishedPage>, query: &Query, after: Horizon) -> Self {
        let events = published.page.events().enumerate();
        let selected = events
            .filter(|(_, event)| {
                event.position.offset() > after.position().offset() && query.matches(event)
            })
            .map(|(index, _)| index)
            .collect();
        Self {
            parts: vec![Part {
                through: published.page.through(),
                published,
                selection: Selection::Indices(selected),
            }],
        }
    }

    /// The events of a page at these positions.
    pub(crate) fn at(published: Arc<PublishedPage>, positions: &[Position]) -> Self {
        let events = published.page.events().enumerate();
        let selected = events
            .filter(|(_, event)| positions.contains(&event.position))
            .map(|(index, _)| index)
            .collect();
        let selection = Selection::Indices(selected);
        Self {
            parts: vec![Part {
                through: published.page.through(),
                published,
                selection,
            }],
        }
    }

    /// Appends the events of the next batch.
    pub(crate) fn append(&mut self, mut next: Self) {
        self.parts.append(&mut next.parts);
    }

    /// Splits the batch into one batch for each commit. The last one extends to the end of this batch.
    /// Returns at least one batch, which is empty if this one is.
    pub(crate) fn split_commits(self) -> VecDeque<Self> {
        let mut commits = VecDeque::new();
        for part in self.parts {
            commits.extend(
                part.split_commits()
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

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Whether the batch has no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The end of the batch: up to here no other event matches.
    #[must_use]
    pub fn through(&self) -> Horizon {
        self.last().through
    }

    /// Whether the batch ended at the head of the log when it was read.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        let last = self.last();
        let page = &last.published.page;
        page.is_complete() && last.through == page.through()
    }

    fn last(&self) -> &Part {
        self.parts.last().expect("a batch has a part")
    }
}

impl Part {
    fn events(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        let page = &self.published.page;
        let (all, indices) = match &self.selection {
            Selection::All => (Some(page.events()), None),
            Selection::Indices(indices) => (None, Some(indices)),
        };
        let selected = indices.into_iter().flatten();
        let selected = selected.filter_map(|&index| page.get(index));
        all.into_iter().flatten().chain(selected)
    }

    fn len(&self) -> usize {
        match &self.selection {
            Selection::All => self.published.page.len(),
            Selection::Indices(indices) => indices.len(),
        }
    }

    fn split_commits(self) -> Vec<Self> {
        let page = &self.published.page;
        let selected: Vec<usize> = match &self.selection {
            Selection::All => (0..page.len()).collect(),
            Selection::Indices(indices) => indices.clone(),
        };
        let event = |index: &usize| page.get(*index).expect("the index is in the page");
        let commit = |index: &usize| event(index).commit.first;
        let commits = selected.chunk_by(|one, next| commit(one) == commit(next));
        let part = |commit: &[usize]| Self {
            published: Arc::clone(&self.published),
            through: commit
                .last()
                .map_or(self.through, |last| event(last).horizon()),
            selection: Selection::Indices(commit.to_vec()),
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

    /// Three commits of two events; no query of the test matches the last one.
    async fn published() -> (MemoryStore, Arc<PublishedPage>) {
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

    fn summary(batch: EventBatch) -> Vec<(usize, u64, bool)> {
        let summary = |commit: EventBatch| {
            (
                commit.len(),
                commit.through().position().offset().get(),
                commit.is_at_head(),
            )
        };
        batch.split_commits().into_iter().map(summary).collect()
    }

    #[tokio::test]
    async fn a_batch_is_split_into_commits_and_the_last_extends_to_its_end() {
        let (_store, published) = published().await;
        let all = EventBatch::all((*published).clone());
        let each = [(2, 2, false), (2, 4, false), (2, 6, true)];
        assert_eq!(summary(all.clone()), each);

        let query = crate::store::Filter::new().name("b").into();
        let some = EventBatch::matching(Arc::clone(&published), &query, Horizon::START);
        assert_eq!(summary(some.clone()), [(1, 2, false), (1, 6, true)]);

        let none = EventBatch::matching(published, &query, Horizon::unchecked(Position::new(4)));
        assert_eq!(summary(none.clone()), [(0, 6, true)]);

        let mut several = some;
        several.append(none);
        assert_eq!(
            summary(several),
            [(1, 2, false), (1, 6, true), (0, 6, true)]
        );
    }
}
