//! The state of a draft, and whether it is ahead of the store.

use std::mem;

use super::state_at::StateAt;
use crate::aggregate::Aggregate;
use crate::store::Revision;

/// The state of a draft.
pub(super) enum DraftState<A> {
    /// There is no state: nothing was loaded yet, or the state was detached.
    Unloaded,
    /// The state is the one at the revision.
    At(StateAt<A>),
    /// Events that are not stored are folded into the state, or user code panicked over it.
    Ahead {
        state: A,
        /// The revision that the new events follow.
        revision: Revision,
        /// The state at the revision, if a copy was made. Without one the state has to be loaded
        /// again before the next decision.
        base: Option<A>,
    },
}

impl<A> DraftState<A> {
    /// The revision that the next commit follows.
    pub(super) fn revision(&self) -> Revision {
        match self {
            Self::Unloaded => Revision::NONE,
            Self::At(StateAt { revision, .. }) | Self::Ahead { revision, .. } => *revision,
        }
    }

    pub(super) fn get(&self) -> Option<&A> {
        match self {
            Self::Unloaded => None,
            Self::At(StateAt { state, .. }) | Self::Ahead { state, .. } => Some(state),
        }
    }

    fn get_mut(&mut self) -> Option<&mut A> {
        match self {
            Self::Unloaded => None,
            Self::At(StateAt { state, .. }) | Self::Ahead { state, .. } => Some(state),
        }
    }

    /// Takes the state out.
    pub(super) fn take(&mut self) -> Self {
        mem::replace(self, Self::Unloaded)
    }

    /// Marks a state as ahead of its revision, and drops the base.
    pub(super) fn discard(&mut self) {
        self.set_ahead(None);
    }

    /// Returns to the base, if the state is ahead and has one. Returns whether the state is then the
    /// one at its revision.
    pub(super) fn restore_base(&mut self) -> bool {
        *self = match self.take() {
            Self::Ahead {
                revision,
                base: Some(state),
                ..
            } => Self::At(StateAt { state, revision }),
            other => other,
        };
        matches!(self, Self::At(_))
    }

    fn set_ahead(&mut self, base: Option<A>) {
        *self = match self.take() {
            Self::Unloaded => Self::Unloaded,
            Self::At(StateAt { state, revision })
            | Self::Ahead {
                state, revision, ..
            } => Self::Ahead {
                state,
                revision,
                base,
            },
        };
    }
}

impl<A: Aggregate> DraftState<A> {
    /// The state, to fold new events into. The first time, a copy of it becomes the base, if the
    /// aggregate's state can be copied.
    pub(super) fn get_ahead(&mut self) -> Option<&mut A> {
        if let Self::At(StateAt { state, .. }) = self {
            let base = A::CLONE.map(|clone| clone(state));
            self.set_ahead(base);
        }
        self.get_mut()
    }
}
