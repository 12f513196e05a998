//! The environment of a simulated process.

use std::fmt;
use std::sync::{Arc, Weak};

use eventsource_core::Timestamp;
use eventsource_core::store::BoxFuture;
use eventsource_core::values::{Environment, Lane};
use uuid::{Builder, Uuid};

use crate::caller::Caller;
use crate::process_id::{ProcessId, TaskLane};
use crate::world::World;

/// Gives a simulated process its time, its ids and its tasks.
pub(crate) struct ProcessEnvironment {
    world: Arc<World>,
    process: ProcessId,
}

impl ProcessEnvironment {
    pub(crate) fn new(world: Arc<World>, process: ProcessId) -> Self {
        Self { world, process }
    }
}

impl Environment for ProcessEnvironment {
    fn now(&self) -> Timestamp {
        let elapsed = self.world.scheduler.elapsed();
        self.world.clock.of(self.process.index, elapsed)
    }

    fn uuid(&self) -> Uuid {
        self.world.draw(self.process, "uuid").uuid()
    }

    fn process(&self) -> u64 {
        self.world.number_of(self.process)
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        self.world.scheduler.spawn(self.process, lane.into(), task);
    }
}

impl fmt::Debug for ProcessEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessEnvironment({})", self.process)
    }
}

/// The environment of the threads of a store that a program has opened by itself: the same but for the lane.
pub(crate) struct StoreEnvironment(pub(crate) Arc<dyn Environment>, pub(crate) Caller);

impl Environment for StoreEnvironment {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uuid(&self) -> Uuid {
        self.0.uuid()
    }

    fn process(&self) -> u64 {
        self.0.process()
    }

    fn spawn(&self, _: Lane, task: BoxFuture<'static, ()>) {
        let Caller { world, process } = &self.1;
        world.scheduler.spawn(*process, TaskLane::Store, task);
    }
}

impl fmt::Debug for StoreEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreEnvironment({})", self.1.process)
    }
}

/// A UUID of drawn bits.
pub(crate) fn uuid_of(high: u64, low: u64) -> Uuid {
    let bits = (u128::from(high) << 64) | u128::from(low);
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// The environment of what a simulation keeps: one id, and no time.
#[derive(Debug)]
pub(crate) struct FixedEnvironment(pub(crate) Uuid);

impl Environment for FixedEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn uuid(&self) -> Uuid {
        self.0
    }
}

/// The environment of a process with the clock of the server.
#[derive(Debug)]
pub(crate) struct ServerEnvironment {
    world: Weak<World>,
    process: Arc<dyn Environment>,
}

impl ServerEnvironment {
    /// Outside of a simulation the clock is that of the process.
    pub(crate) fn beside(
        world: &Arc<World>,
        process: Arc<dyn Environment>,
    ) -> Arc<dyn Environment> {
        if world.scheduler.is_detached() {
            return process;
        }
        let world = Arc::downgrade(world);
        Arc::new(Self { world, process })
    }
}

impl Environment for ServerEnvironment {
    fn now(&self) -> Timestamp {
        let right = |world: Arc<World>| world.clock.right(world.elapsed());
        self.world.upgrade().map(right).unwrap_or_default()
    }

    fn uuid(&self) -> Uuid {
        self.process.uuid()
    }

    fn process(&self) -> u64 {
        self.process.process()
    }
}

/// An environment whose clock is an hour late.
#[derive(Debug)]
pub(crate) struct LateEnvironment(pub(crate) Arc<dyn Environment>);

impl Environment for LateEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.now().as_micros() - 3_600_000_000)
    }

    fn uuid(&self) -> Uuid {
        self.0.uuid()
    }

    fn process(&self) -> u64 {
        self.0.process()
    }
}
