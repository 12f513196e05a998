//! The simulated store outside of a simulation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eventsource_core::Timestamp;
use eventsource_core::values::Environment;

use crate::caller::Caller;
use crate::clock::Clock;
use crate::deployment::Deployment;
use crate::observer::Observer;
use crate::process_id::ProcessId;
use crate::read_models::SimulatedReadModels;
use crate::scheduler::Scheduler;
use crate::store::SimulatedStore;
use crate::world::World;

/// The simulated store on the runtime of the caller, by its clock and without faults: for the
/// conformance suites, which bring their own threads.
pub struct DetachedWorld {
    world: Arc<World>,
    opened: AtomicU32,
}

impl DetachedWorld {
    /// An empty store.
    #[must_use]
    pub fn new(seed: u64, deployment: Deployment) -> Self {
        let clock = Clock::new(Timestamp::default(), 1);
        let observer = Observer::new(Vec::new(), false, false);
        let scheduler = Scheduler::detached(seed);
        Self {
            world: World::with_scheduler(scheduler, clock, observer, None, deployment),
            opened: AtomicU32::new(0),
        }
    }

    /// Opens the store as another process does, with an environment of the caller's.
    pub fn store(&self, environment: &Arc<dyn Environment>) -> SimulatedStore {
        SimulatedStore::open(self.caller(), Arc::clone(environment))
    }

    /// Ends every connection to the log, and with it what is on its way.
    pub fn cut(&self) {
        self.world.backend.break_off(&self.world);
    }

    /// Opens the read models as another process does.
    pub fn read_models(&self) -> SimulatedReadModels {
        SimulatedReadModels::new(self.caller())
    }

    fn caller(&self) -> Caller {
        let start = self.opened.fetch_add(1, Ordering::Relaxed);
        Caller {
            world: Arc::clone(&self.world),
            process: ProcessId::new(0, start),
        }
    }
}
