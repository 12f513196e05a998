//! The log on a server, whose clients the processes are.

mod client;
mod connections;
mod race;
mod transaction;

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::BoxFuture;
use eventsource_core::values::Environment;
use tokio::time::sleep;

use crate::backend::{Backend, Session};
use crate::caller::Caller;
use crate::fault::{Fault, FaultKind};
use crate::flaw::Flaw;
use crate::observation::Observation;
use crate::process_id::ProcessId;
use crate::world::World;
use client::Client;
use connections::Connections;

/// A database server with one log. An append is a transaction that takes the lock of the log, decides,
/// and commits; a COMMIT that has arrived goes on without its client, and is seen once the synchronous
/// standby has it too.
#[derive(Default)]
pub(crate) struct Server(Arc<Connections>);

impl Backend for Server {
    fn open(&self, caller: Caller, environment: Arc<dyn Environment>) -> Arc<dyn Session> {
        Client::open(caller, environment, Arc::clone(&self.0))
    }

    /// The server notices by itself that a client is gone.
    fn end(&self, _: &World, _: ProcessId) {}

    fn strike<'a>(&'a self, world: &'a Arc<World>, fault: &'a Fault) -> Option<BoxFuture<'a, ()>> {
        let is_outage = matches!(fault.kind, FaultKind::PowerCut | FaultKind::Failover);
        is_outage.then(|| -> BoxFuture<'a, ()> { Box::pin(self.fail(world, fault)) })
    }

    fn break_off(&self, world: &World) {
        self.0.break_all(world, false);
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn is_unreachable(&self, _: ProcessId) -> bool {
        self.0.is_down()
    }
}

impl Server {
    /// The server ends, and another one takes its place, or the same after a restart. Both have every
    /// COMMIT that was answered. One that runs may be there or not.
    async fn fail(&self, world: &World, fault: &Fault) {
        let of = ProcessId::SIMULATION;
        let survives = world.draw(of, "surviving commit").is_one_in(2);
        self.0.break_all(world, survives);
        if world.is_flawed(Flaw::LateStandby, of, 1) {
            world
                .events
                .truncate(world.events.commits().saturating_sub(3));
        }
        let head = world.events.end(0).position();
        world.observe(of, &Observation::Recovered { head });
        world.observe(of, &Observation::Held(true));
        self.0.begin_outage();
        sleep(Duration::from_millis(fault.lasts)).await;
        self.0.end_outage();
        world.observe(of, &Observation::Held(false));
    }
}
