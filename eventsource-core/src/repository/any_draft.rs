//! Drafts of aggregates of different kinds, side by side.

use super::baton::AnyState;
use super::{LoadError, Settings};
use crate::{BoxFuture, Conflict, EncodeError, Expect, NewEvent, Receipt, Revision, StreamId};

/// A draft of whichever aggregate.
pub trait AnyDraft: Send + Sync {
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

    /// Moves what was decided, each with its place among all decisions, to `events`.
    fn take(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), EncodeError>;

    /// Writes a snapshot of the state after what was taken, if it is time for one.
    fn write_snapshot(&mut self);

    /// Keeps the snapshot that was written, behind the caller's back, if this is the commit after
    /// which it was.
    fn keep_snapshot(&mut self, receipt: &Receipt);

    /// Takes up a state that somebody left, which stands at this revision. (Before it is durable
    /// its position is not known, and nobody may ask for it.)
    fn take_up(&mut self, state: AnyState, revision: Revision);

    /// Takes a state back, as it was before the events that were decided on it, if it stood at this
    /// revision then.
    fn take_back(&mut self, state: AnyState, revision: Revision);

    /// Leaves the state with all that was decided. This is then without one.
    fn leave(&mut self) -> AnyState;

    /// Forgets what was decided. Tells whether the state is the one at the revision.
    fn forget(&mut self) -> bool;

    /// Looks whether the state is still what the store has, and takes in what came since.
    fn verify(&mut self) -> BoxFuture<'_, Result<(), LoadError>>;

    /// Forgets what was decided and takes in what a conflict says was missed.
    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>>;
}
