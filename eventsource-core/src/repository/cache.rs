//! A cache of the states of the aggregates that were decided on last.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::state_at::StateAt;
use crate::values::StreamId;

/// At most `limit` states, each as of the last commit of this process on its aggregate. Another
/// process may have appended to the stream since, so a state has to be checked against the store
/// before its decision is answered.
pub(super) struct Cache {
    limit: usize,
    recent: Mutex<Recent>,
}

/// A state is removed to be used and inserted again afterwards, so the order of insertion is the
/// order of use.
#[derive(Default)]
struct Recent {
    states: HashMap<StreamId, (u64, StateAt<AnyState>)>,
    by_age: BTreeMap<u64, StreamId>,
    next: u64,
}

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        let recent = Mutex::default();
        Self { limit, recent }
    }

    pub(super) fn remove(&self, stream: &StreamId) -> Option<StateAt<AnyState>> {
        self.recent().remove(stream)
    }

    pub(super) fn insert(&self, stream: StreamId, state: StateAt<AnyState>) {
        // The mutex is released before the evicted states are dropped, which runs user code.
        let _evicted = self.recent().insert(stream, state, self.limit);
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn remove(&mut self, stream: &StreamId) -> Option<StateAt<AnyState>> {
        let (age, state) = self.states.remove(stream)?;
        self.by_age.remove(&age);
        Some(state)
    }

    /// Returns the evicted states: an older one of the same stream, and the least recently used one.
    fn insert(
        &mut self,
        stream: StreamId,
        state: StateAt<AnyState>,
        limit: usize,
    ) -> [Option<StateAt<AnyState>>; 2] {
        let older = self.remove(&stream);
        let age = self.next;
        self.next += 1;
        self.by_age.insert(age, stream.clone());
        self.states.insert(stream, (age, state));
        let oldest = (self.states.len() > limit)
            .then(|| self.by_age.first_key_value())
            .flatten();
        let oldest = oldest.map(|(_, stream)| stream.clone());
        [older, oldest.and_then(|stream| self.remove(&stream))]
    }
}

/// The state of an aggregate of any type.
pub(crate) type AnyState = Box<dyn Any + Send + Sync>;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::Revision;
    use crate::values::Position;

    fn stream(number: u128) -> StreamId {
        StreamId::new("cart", Uuid::from_u128(number))
    }

    fn insert(cache: &Cache, number: u128, version: u64) {
        let revision = Revision::new(version, Position::new(version), Uuid::nil());
        let state = Box::new(());
        cache.insert(stream(number), StateAt { state, revision });
    }

    fn version(cache: &Cache, number: u128) -> Option<u64> {
        cache
            .remove(&stream(number))
            .map(|state| state.revision.version())
    }

    #[test]
    fn a_full_cache_evicts_the_least_recently_used_state() {
        let cache = Cache::new(3);
        (1..=3).for_each(|number| insert(&cache, number, 1));
        assert_eq!(version(&cache, 1), Some(1));
        insert(&cache, 1, 2);
        insert(&cache, 4, 1);
        assert_eq!(version(&cache, 2), None, "the least recently used");
        assert_eq!(
            [1, 3, 4].map(|number| version(&cache, number)),
            [Some(2), Some(1), Some(1)]
        );
        assert!(cache.recent().by_age.is_empty(), "both maps are empty");
    }

    #[test]
    fn a_newer_state_replaces_an_older_one() {
        let cache = Cache::new(2);
        (1..=9).for_each(|version| insert(&cache, 1, version));
        assert_eq!(cache.recent().by_age.len(), 1);
        assert_eq!((version(&cache, 1), version(&cache, 1)), (Some(9), None));
    }

    #[test]
    fn a_cache_with_limit_zero_keeps_no_state() {
        let cache = Cache::new(0);
        insert(&cache, 1, 1);
        assert_eq!(version(&cache, 1), None);
    }
}
