//! What whoever decided on an aggregate hands to the next.
use std::sync::Arc;

use super::cache::{AnyState, Cache, Kept};
use super::pending::Tip;
use super::settings::Settings;
use crate::store::StreamStore;
use crate::values::StreamId;

/// A state as a draft leaves it.
pub struct Left {
    pub(super) state: AnyState,
    /// The state that was decided on, if the aggregate's state can be copied. It serves a decision
    /// whose commit is not stored.
    pub(super) base: Option<Base>,
}

/// A state at a version.
pub(super) struct Base {
    pub(super) state: AnyState,
    pub(super) version: u64,
}

/// The state of an aggregate, and to which commit it belongs.
pub(super) struct HandedOverState {
    pub(super) tip: Tip,
    pub(super) state: AnyState,
    pub(super) base: Option<Base>,
    /// Through which repository; this is the same for it and its clones only.
    store: Arc<dyn StreamStore>,
    cache: Option<Arc<Cache>>,
}

impl HandedOverState {
    pub(super) fn new(settings: &Settings, tip: Tip, left: Left) -> Self {
        let Left { state, base } = left;
        Self {
            tip,
            state,
            base,
            store: Arc::clone(&settings.store),
            cache: settings.cache.clone(),
        }
    }

    /// The state that was kept when the queue had emptied.
    pub(super) fn kept(settings: &Settings, stream: &StreamId) -> Option<Self> {
        let Kept { revision, state } = settings.cache.as_ref()?.take(stream)?;
        let left = Left { state, base: None };
        Some(Self::new(settings, Tip::stored(revision), left))
    }

    /// Whether it comes from this repository or a clone. Another one may have another kind of
    /// aggregate in the same stream, or a copy of the store under the same id, which goes its own
    /// way.
    pub(super) fn is_of(&self, settings: &Settings) -> bool {
        Arc::ptr_eq(&self.store, &settings.store)
    }

    /// The same, if somebody may go on from there: not what may never be stored.
    pub(super) fn goes_on(self) -> Option<Self> {
        let tip = self.tip.goes_on()?;
        Some(Self { tip, ..self })
    }

    /// Keeps the state for later, if it is durable and somebody wants it.
    pub(super) fn keep(self, stream: StreamId) {
        if let (Some(cache), Some(revision)) = (&self.cache, self.tip.durable()) {
            let state = self.state;
            cache.keep(stream, Kept { revision, state });
        }
    }
}
