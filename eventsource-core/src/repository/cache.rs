//! The states of the aggregates that were decided on last.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Revision;
use crate::values::StreamId;

/// At most so many states, each as it was when the last decision on its aggregate was stored.
/// Another process may have gone on since, so whoever takes one asks the store.
pub(super) struct Cache {
    limit: usize,
    recent: Mutex<Recent>,
}

/// A state is taken out to be used, and comes back as the youngest: so the order in which they
/// came is the order in which they were used.
#[derive(Default)]
struct Recent {
    states: HashMap<StreamId, (u64, Kept)>,
    by_age: BTreeMap<u64, StreamId>,
    next: u64,
}

pub(super) struct Kept {
    pub(super) revision: Revision,
    pub(super) state: AnyState,
}

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        let recent = Mutex::default();
        Self { limit, recent }
    }

    pub(super) fn take(&self, stream: &StreamId) -> Option<Kept> {
        self.recent().take(stream)
    }

    pub(super) fn keep(&self, stream: StreamId, kept: Kept) {
        // What is dropped is dropped after others may go on.
        let _dropped = self.recent().keep(stream, kept, self.limit);
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn take(&mut self, stream: &StreamId) -> Option<Kept> {
        let (age, kept) = self.states.remove(stream)?;
        self.by_age.remove(&age);
        Some(kept)
    }

    /// What has to go for it.
    fn keep(&mut self, stream: StreamId, kept: Kept, limit: usize) -> [Option<Kept>; 2] {
        let older = self.take(&stream);
        let age = self.next;
        self.next += 1;
        self.by_age.insert(age, stream.clone());
        self.states.insert(stream, (age, kept));
        let oldest = (self.states.len() > limit)
            .then(|| self.by_age.first_key_value())
            .flatten();
        let oldest = oldest.map(|(_, stream)| stream.clone());
        [older, oldest.and_then(|stream| self.take(&stream))]
    }
}

/// The state of some aggregate.
pub(crate) type AnyState = Box<dyn Any + Send + Sync>;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::values::Position;

    fn stream(number: u128) -> StreamId {
        StreamId::new("cart", Uuid::from_u128(number))
    }

    fn keep(cache: &Cache, number: u128, version: u64) {
        let revision = Revision::new(version, Position::new(version), Uuid::nil());
        let state = Box::new(());
        cache.keep(stream(number), Kept { revision, state });
    }

    fn version(cache: &Cache, number: u128) -> Option<u64> {
        cache
            .take(&stream(number))
            .map(|kept| kept.revision.version())
    }

    #[test]
    fn no_more_are_kept_than_are_wanted_and_the_oldest_goes_first() {
        let cache = Cache::new(3);
        (1..=3).for_each(|number| keep(&cache, number, 1));
        assert_eq!(version(&cache, 1), Some(1));
        keep(&cache, 1, 2);
        keep(&cache, 4, 1);
        assert_eq!(
            version(&cache, 2),
            None,
            "the one that was not used for longest"
        );
        assert_eq!(
            [1, 3, 4].map(|number| version(&cache, number)),
            [Some(2), Some(1), Some(1)]
        );
        assert!(cache.recent().by_age.is_empty(), "nothing is left behind");
    }

    #[test]
    fn a_newer_state_takes_the_place_of_an_older_one() {
        let cache = Cache::new(2);
        (1..=9).for_each(|version| keep(&cache, 1, version));
        assert_eq!(cache.recent().by_age.len(), 1);
        assert_eq!((version(&cache, 1), version(&cache, 1)), (Some(9), None));
    }

    #[test]
    fn a_cache_of_none_keeps_none() {
        let cache = Cache::new(0);
        keep(&cache, 1, 1);
        assert_eq!(version(&cache, 1), None);
    }
}
