//! Drafts of aggregates of different kinds, side by side.

use super::LoadError;
use super::cache::AnyState;
use super::fault::Fault;
use super::handover::Left;
use super::settings::Settings;
use crate::future::BoxFuture;
use crate::store::{Conflict, Expect, NewEvent, Receipt, Revision};
use crate::values::StreamId;

/// A draft of whichever aggregate.
pub trait ErasedDraft: Send + Sync {
    /// The stream of the aggregate.
    fn stream(&self) -> &StreamId;

    /// Where and how the aggregate is kept.
    fn settings(&self) -> &Settings;

    /// Where the aggregate stands.
    fn revision(&self) -> Revision;

    /// What a commit of its decisions has to expect.
    fn expect(&self) -> Expect;

    /// Loads the aggregate, or what came to it since.
    fn load_on(&mut self) -> BoxFuture<'_, Result<(), LoadError>>;

    /// The conflict with what the caller expects, if there is one.
    fn check_expected(&self) -> BoxFuture<'_, Result<Option<Conflict>, LoadError>>;

    /// What went wrong while it was decided, if anything did.
    fn fault(&mut self) -> Option<Fault>;

    /// Folds what was decided into the state, and moves it, each with its place among all decisions,
    /// to `events`. The state is folded before anything is stored: an event over which it panics
    /// would make the aggregate unreadable.
    fn take(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), Fault>;

    /// Writes a snapshot of the state after what was taken, if it is time for one.
    fn write_snapshot(&mut self);

    /// Keeps the snapshot that was written, behind the caller's back, if this is the commit after
    /// which it was.
    fn keep_snapshot(&mut self, receipt: &Receipt);

    /// Takes up a state that somebody left, which stands at this revision. (Before it is durable
    /// its position is not known, and nobody may ask for it.)
    fn restore(&mut self, state: AnyState, revision: Revision);

    /// Leaves the state with all that was decided, if there is one. This is then without one.
    fn detach_state(&mut self) -> Option<Left>;

    /// Makes sure that the state is neither handed on nor kept: code panicked over it, so it may be
    /// half changed, or have a poisoned lock in it. The same goes for its copy, which may share a
    /// part of it.
    fn discard(&mut self);

    /// Forgets what was decided. Tells whether the state is the one at the revision.
    fn forget(&mut self) -> bool;

    /// Forgets everything, as if nothing had been loaded.
    fn unload(&mut self);

    /// Looks whether the state is still what the store has, and takes in what came since.
    fn verify(&mut self) -> BoxFuture<'_, Result<(), LoadError>>;

    /// Forgets what was decided and takes in what a conflict says was missed.
    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>>;
}
