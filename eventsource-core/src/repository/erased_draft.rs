//! Drafts of aggregates of different types in one list.

use super::LoadError;
use super::cache::AnyState;
use super::draft_error::DraftError;
use super::handover::{DetachedState, HandedOverState};
use super::pending::Tip;
use super::settings::Settings;
use super::state_at::StateAt;
use super::stream_lock::StreamLockGuard;
use crate::future::BoxFuture;
use crate::store::{Conflict, Expect, Freshness, NewEvent, Receipt, Revision};
use crate::values::StreamId;

/// A draft of an aggregate of any type.
pub trait ErasedDraft: Send + Sync {
    /// The stream of the aggregate.
    fn stream(&self) -> &StreamId;

    /// The settings of the repository.
    fn settings(&self) -> &Settings;

    /// The revision that the state was loaded at.
    fn revision(&self) -> Revision;

    /// The expectation of a commit with events of this draft.
    fn expect(&self) -> Expect;

    /// Loads the aggregate, or the events that were appended since it was loaded.
    fn load(&mut self) -> BoxFuture<'_, Result<(), LoadError>>;

    /// Returns the conflict with the revision that the caller expects, if there is one.
    fn check_expected(&self) -> BoxFuture<'_, Result<Option<Conflict>, LoadError>>;

    /// Takes the error of the decision, if there was one.
    fn take_error(&mut self) -> Option<DraftError>;

    /// Folds the new events into the state, and moves them to `events`, each with its number among
    /// all decided events. They are folded before anything is stored, because an event over which
    /// `apply` panics would make the aggregate unreadable.
    fn take_events(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), DraftError>;

    /// Serializes a snapshot of the state after the events that were taken, if one is due.
    fn write_snapshot(&mut self);

    /// Stores the serialized snapshot in the background, if `receipt` is that of the commit that it
    /// was written for.
    fn keep_snapshot(&mut self, receipt: &Receipt);

    /// Takes over a state that was handed over or cached. (Before its commit is durable, the
    /// position of the revision is not known and must not be used.)
    fn restore(&mut self, state: StateAt<AnyState>);

    /// Drops the new events and the error, and returns to the state before them, if there is a copy
    /// of it. Returns whether the state is then the one at the revision.
    fn restore_base(&mut self) -> bool;

    /// Takes out the state with the new events in it, if there is one. The draft is then unloaded.
    fn detach_state(&mut self) -> Option<DetachedState>;

    /// Makes sure that the state is neither handed over nor cached, after user code panicked over
    /// it: it may be changed in part, or contain a poisoned lock. The base is dropped too, since it
    /// may share a part of the state.
    fn discard(&mut self);

    /// Resets the draft to what it was before it was loaded.
    fn unload(&mut self);

    /// Compares the state with the stream, and loads the events that were appended since. A state
    /// of another history is loaded again.
    fn verify(&mut self, freshness: Freshness) -> BoxFuture<'_, Result<(), LoadError>>;

    /// Drops the new events, and folds the missed events that a conflict brings.
    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>>;
}

impl dyn ErasedDraft + '_ {
    /// Hands the state over to the next waiter, and releases the lock. `tip` is the commit that the
    /// state belongs to.
    pub(super) fn hand_over(&mut self, tip: Tip, lock: &mut StreamLockGuard) {
        let state = self
            .detach_state()
            .map(|detached| HandedOverState::new(self.settings(), tip, detached));
        lock.release(state);
    }
}
