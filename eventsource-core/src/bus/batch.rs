//! The events that somebody wants of a page.

use std::sync::Arc;

use super::Carried;
use crate::{Position, Query, StoredEvent};

/// Events that a listener asked for, in order, and up to where there are no others. The page they
/// are in may be shared with other listeners.
#[derive(Clone, Debug)]
pub struct Batch {
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
        Self {
            carried: Arc::new(carried),
            wanted: Wanted::All,
        }
    }

    /// The events after a position that match the query.
    pub(crate) fn matching(carried: Arc<Carried>, query: &Query, after: Position) -> Self {
        let events = carried.page.events().enumerate();
        let wanted = events
            .filter(|(_, event)| event.position > after && query.matches(event))
            .map(|(index, _)| index)
            .collect();
        Self {
            carried,
            wanted: Wanted::These(wanted),
        }
    }

    /// The events.
    pub fn events(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        let page = &self.carried.page;
        let (all, these) = match &self.wanted {
            Wanted::All => (Some(page.events()), None),
            Wanted::These(these) => (None, Some(these)),
        };
        let these = these.into_iter().flatten();
        let these = these.filter_map(|&index| page.get(index));
        all.into_iter().flatten().chain(these)
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.wanted {
            Wanted::All => self.carried.page.len(),
            Wanted::These(these) => these.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Up to here there are no others.
    #[must_use]
    pub fn through(&self) -> Position {
        self.carried.page.through()
    }

    /// Whether there was nothing more when it was read.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        self.carried.page.is_complete()
    }
}
