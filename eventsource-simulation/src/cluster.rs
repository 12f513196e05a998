//! The log on three servers that agree on it.

mod connection;
mod entry;
mod faults;
mod quorum;
mod servers;

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::BoxFuture;
use eventsource_core::values::Environment;

use crate::backend::{Backend, Session};
use crate::caller::Caller;
use crate::fault::{Fault, FaultKind};
use crate::process_id::ProcessId;
use crate::world::World;
use connection::Connection;
use servers::Servers;

/// A cluster in the shape of NATS `JetStream`: three servers, of which one leads. A commit is a batch of
/// messages, which the leader takes whole or not at all; it is acknowledged, and in the log, once two
/// servers have synced it. Positions are the numbers of messages, and those of messages that check
/// something are holes.
#[derive(Debug, Default)]
pub(crate) struct Cluster(Arc<Servers>);

impl Backend for Cluster {
    fn open(&self, caller: Caller, environment: Arc<dyn Environment>) -> Arc<dyn Session> {
        Connection::open(caller, environment, Arc::clone(&self.0))
    }

    /// The servers go on with what has arrived. A batch whose last message has not is abandoned.
    fn end(&self, world: &World, process: ProcessId) {
        self.0.abandon(world, process);
    }

    fn strike<'a>(&'a self, world: &'a Arc<World>, fault: &'a Fault) -> Option<BoxFuture<'a, ()>> {
        let (servers, lasts) = (&self.0, Duration::from_millis(fault.lasts));
        match fault.kind {
            FaultKind::Election => Some(Box::pin(faults::hold_election(servers, world, lasts))),
            FaultKind::StaleLeader => Some(Box::pin(faults::pause_leader(servers, world, lasts))),
            FaultKind::DiskLoss => Some(Box::pin(faults::lose_disk(servers, world, lasts))),
            FaultKind::Partition => Some(Box::pin(faults::cut_off(
                servers,
                world,
                fault.process,
                lasts,
            ))),
            _ => None,
        }
    }

    fn break_off(&self, world: &World) {
        self.0.forget_proposals(world);
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn is_cut_off(&self, world: &World, process: ProcessId) -> bool {
        self.0.seen_cut_off(world, process).is_some()
    }

    fn has_answered_from_past(&self, since: Duration) -> bool {
        self.0.last_answer_from_past() >= Some(since)
    }
}
