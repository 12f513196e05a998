//! The events that somebody wants of some pages.

use std::sync::Arc;

use super::Carried;
use crate::{Position, Query, StoredEvent};

/// Events that a listener asked for, in order, and up to where there are no others. The pages they
/// are in may be shared with other listeners.
#[derive(Clone, Debug)]
pub struct Batch {
    /// At least one, each after the one before.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    carried: Arc<Carried>,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    All,
    These(Vec<usize>),
}

impl Batch {
    /// All events of a page.
    pub(crate) fn all(carried: Carried) -> Self {
        let part = Part {
            carried: Arc::new(carried),
            wanted: Wanted::All,
        };
        Self { parts: vec![part] }
    }

    /// The events after a position that match the query.
    pub(crate) fn matching(carried: Arc<Carried>, query: &Query, after: Position) -> Self {
        let events = carried.page.events().enumerate();
        let wanted = events
            .filter(|(_, event)| event.position > after && query.matches(event))
            .map(|(index, _)| index)
            .collect();
        let wanted = Wanted::These(wanted);
        Self {
            parts: vec![Part { carried, wanted }],
        }
    }

    /// The events of a page at these positions, which are in order.
    pub(crate) fn at(carried: Arc<Carried>, positions: &[Position]) -> Self {
        let events = carried.page.events().enumerate();
        let wanted = events
            .filter(|(_, event)| positions.binary_search(&event.position).is_ok())
            .map(|(index, _)| index)
            .collect();
        let wanted = Wanted::These(wanted);
        Self {
            parts: vec![Part { carried, wanted }],
        }
    }

    /// Adds those that come next.
    pub(crate) fn append(&mut self, mut next: Self) {
        self.parts.append(&mut next.parts);
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
    pub fn through(&self) -> Position {
        self.last().carried.page.through()
    }

    /// Whether there was nothing more when it was read.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        self.last().carried.page.is_complete()
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
}
