//! The part of the world that differs between deployments.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{BoxFuture, Capabilities, Commit, Freshness, StoreError};
use eventsource_core::values::Environment;
use eventsource_core::{AppendError, Horizon, MemoryStore, ReadError, Receipt};
use tokio::sync::oneshot;

use crate::caller::Caller;
use crate::fault::Fault;
use crate::known_head::KnownHead;
use crate::process_id::ProcessId;
use crate::world::World;

/// The answer to an append.
pub(crate) type Answer = Result<Receipt, AppendError>;

/// The place where the log is kept, as the simulation sees it. The commits that are stored are always
/// those of [`World::events`]; a backend decides when a commit gets there, and what a fault does to
/// commits that are being sent.
pub(crate) trait Backend: Send + Sync {
    /// Opens the log for a process, and starts there what the store needs.
    fn open(&self, caller: Caller, environment: Arc<dyn Environment>) -> Arc<dyn Session>;

    /// Decides what becomes of the commits that a process has on their way, just before it is killed.
    fn end(&self, world: &World, process: ProcessId);

    /// Brings a fault about, and ends it, if it is another one here than in a file. For `None` the
    /// simulation does what it does in every deployment.
    fn strike<'a>(&'a self, _: &'a Arc<World>, _: &'a Fault) -> Option<BoxFuture<'a, ()>> {
        None
    }

    /// Loses what is on its way, just before stored commits are lost.
    fn break_off(&self, _: &World) {}

    /// Whether there is a network between the processes and the stores, which may lose an answer.
    fn is_remote(&self) -> bool {
        false
    }

    /// Whether a leader has answered a read from its past since then, as one may that was replaced and
    /// does not know it.
    fn has_answered_from_past(&self, _: Duration) -> bool {
        false
    }

    /// Whether a process reaches no server now that knows the head of the log.
    fn is_cut_off(&self, _: &World, _: ProcessId) -> bool {
        false
    }

    /// Whether calls of a process fail now, without an effect.
    fn is_unreachable(&self, _: ProcessId) -> bool {
        false
    }
}

/// The log as one process has it open.
pub(crate) trait Session: Send + Sync {
    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    /// Hands a commit over before anything is waited for, since later ones may follow it.
    fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer>;

    /// The head as the process knows it.
    fn head(&self) -> &KnownHead;

    /// The stored commits, with the clock that dates new ones.
    fn content(&self) -> MemoryStore;

    /// The state of the log that a read sees which goes on after a horizon.
    fn view(&self, freshness: Freshness, after: Horizon) -> BoxFuture<'_, Result<View, ReadError>>;

    /// Makes sure that reads see the newest state now. A store does so before it answers a reader that its
    /// history is not that of the log.
    fn confirm(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

/// A state of the log.
pub(crate) struct View {
    pub(crate) content: MemoryStore,
    /// Its end, if the content goes on after it.
    pub(crate) end: Option<Horizon>,
}
