//! The state that a decision hands over to the next one on the same aggregate.

use std::sync::Arc;

use super::cache::{AnyState, Cache};
use super::pending::Tip;
use super::settings::Settings;
use super::state_at::StateAt;
use crate::store::StreamStore;
use crate::values::StreamId;

/// The state of an aggregate, and the commit that it belongs to.
pub(super) struct HandedOverState {
    pub(super) tip: Tip,
    pub(super) state: AnyState,
    /// See [`DetachedState::base`].
    pub(super) base: Option<StateAt<AnyState>>,
    /// The store and the cache of the repository. Only a repository and its clones share them.
    store: Arc<dyn StreamStore>,
    cache: Option<Arc<Cache>>,
}

/// The state that was taken out of a draft.
pub struct DetachedState {
    pub(super) state: AnyState,
    /// The state before the new events, if the aggregate's state can be copied. It serves the next
    /// decision if these events are not stored.
    pub(super) base: Option<StateAt<AnyState>>,
}

impl HandedOverState {
    pub(super) fn new(settings: &Settings, tip: Tip, detached: DetachedState) -> Self {
        let DetachedState { state, base } = detached;
        Self {
            tip,
            state,
            base,
            store: Arc::clone(&settings.store),
            cache: settings.cache.clone(),
        }
    }

    /// Takes the state out of the repository's cache.
    pub(super) fn from_cache(settings: &Settings, stream: &StreamId) -> Option<Self> {
        let StateAt { state, revision } = settings.cache.as_ref()?.remove(stream)?;
        let detached = DetachedState { state, base: None };
        Some(Self::new(settings, Tip::durable_at(revision), detached))
    }

    /// Whether the state comes from this repository or a clone of it. Another repository may have
    /// another type of aggregate in the same stream, or a copy of the store under the same id, with
    /// a history of its own.
    pub(super) fn is_of(&self, settings: &Settings) -> bool {
        Arc::ptr_eq(&self.store, &settings.store)
    }

    /// Returns the state to decide on next, unless its commit may never be stored.
    pub(super) fn resume(self) -> Option<Self> {
        let tip = self.tip.resume()?;
        Some(Self { tip, ..self })
    }

    /// Puts the state into the cache, if there is one and the state is durable.
    pub(super) fn store_in_cache(self, stream: StreamId) {
        if let (Some(cache), Some(revision)) = (&self.cache, self.tip.durable_revision()) {
            let state = self.state;
            cache.insert(stream, StateAt { state, revision });
        }
    }
}
