//! Drafts of aggregates of different kinds, side by side.

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

    /// Keeps a snapshot, if it is time for one after this commit.
    fn keep_snapshot(&mut self, receipt: &Receipt);

    /// Forgets what was decided and takes in what a conflict says was missed.
    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>>;
}
