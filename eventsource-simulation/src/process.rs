//! A simulated process, as its program sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::BoxFuture;
use eventsource_core::values::Environment;
use eventsource_core::{
    Delivery, EventStore, Horizon, Projection, ReadModelStore, Recorded, Running,
};
use tokio::time::sleep;

use crate::caller::Caller;
use crate::draw::Draw;
use crate::environment::{ProcessEnvironment, StoreEnvironment};
use crate::external_store::ExternalStore;
use crate::health::HealthWatch;
use crate::in_flight::InFlight;
use crate::observation::{Effect, Observation};
use crate::process_id::{ProcessId, TaskLane};
use crate::reached::reached;
use crate::read_models::SimulatedReadModels;
use crate::store::SimulatedStore;
use crate::world::World;

/// The interval between two checks of the health of a process.
const LOOK: Duration = Duration::from_secs(1);

/// A simulated process: what a program gets when it is started in it. Cheap to clone. What it gives is
/// gone when the process is killed; a later start gets another one.
///
/// ```
/// use eventsource_core::{ReadError, Repository, Runner, Running};
/// use eventsource_simulation::Process;
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub enum CartEvent { Emptied }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// async fn start(process: Process) -> Result<Repository<Cart>, ReadError> {
///     let (store, models) = (process.store(), process.read_models());
///     process.keep(Runner::new(store.clone(), models).start().await?);
///     Ok(Repository::new(store))
/// }
/// ```
#[derive(Clone)]
pub struct Process(Arc<Inner>);

struct Inner {
    caller: Caller,
    environment: Arc<dyn Environment>,
    store: SimulatedStore,
    read_models: SimulatedReadModels,
    /// The calls of a store that the program has opened by itself.
    calls: Arc<InFlight>,
    release: u32,
    /// The number of times that the log had been rolled back when the process began.
    losses: u64,
}

impl Process {
    /// A process that begins now, with the threads of its store.
    pub(crate) fn begin(world: &Arc<World>, process: ProcessId, release: u32) -> Self {
        let caller = Caller {
            world: Arc::clone(world),
            process,
        };
        let environment = ProcessEnvironment::new(Arc::clone(world), process);
        let environment: Arc<dyn Environment> = Arc::new(environment);
        Self(Arc::new(Inner {
            store: SimulatedStore::open(caller.clone(), Arc::clone(&environment)),
            read_models: SimulatedReadModels::new(caller.clone()),
            calls: Arc::default(),
            environment,
            losses: world.events.losses(),
            caller,
            release,
        }))
    }

    /// The number of the process, from 0 on: the same after a kill.
    #[must_use]
    pub fn number(&self) -> usize {
        usize::from(self.0.caller.process.index)
    }

    /// The release of its program: 1, or 0 after a deployment of an older one, or 2 after one of a
    /// newer one. A program with a single version does not need it.
    #[must_use]
    pub fn release(&self) -> u32 {
        self.0.release
    }

    /// The store of the events. It carries the environment of the process, which repositories,
    /// runners and buses on it use.
    #[must_use]
    pub fn store(&self) -> SimulatedStore {
        self.0.store.clone()
    }

    /// The store of the read models.
    #[must_use]
    pub fn read_models(&self) -> SimulatedReadModels {
        self.0.read_models.clone()
    }

    /// The clock, the ids and the tasks of the process.
    #[must_use]
    pub fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.0.environment)
    }

    /// A draw for the program: random numbers that come again with the seed.
    #[must_use]
    pub fn draw(&self, site: &'static str) -> Draw {
        self.world().draw(self.0.caller.process, site)
    }

    /// Keeps a runner as long as the process lives, and looks at its health: it must not be
    /// [`Healthy`](eventsource_core::Health::Healthy) for long while events wait.
    pub fn keep(&self, running: Running) {
        let process = self.clone();
        for status in running.status() {
            let followed = &self.world().followed;
            followed.add(self.id(), status.id);
        }
        let watch = async move {
            let mut watch = HealthWatch::default();
            loop {
                sleep(LOOK).await;
                watch.look(&process, &running);
            }
        };
        // A runner that ends with its runtime gives its leases up. One that is kept elsewhere has to
        // notice that nothing polls it any more.
        let is_kept_elsewhere = self.draw("keep").is_one_in(2);
        let lane = if is_kept_elsewhere {
            TaskLane::Store
        } else {
            TaskLane::Work
        };
        let Caller { world, process } = &self.0.caller;
        world.scheduler.spawn(*process, lane, Box::pin(watch));
    }

    /// Notes that a reactor did something, for the check that each of its events has its effect. The
    /// name is that of the reactor.
    pub fn effect<E>(&self, name: &'static str, recorded: &Recorded<E>, delivery: &Delivery) {
        let effect = Effect {
            name,
            delivery: delivery.id,
            attempt: delivery.attempt,
            commit: recorded.commit().id,
            position: recorded.position(),
        };
        self.world().observer.count("effect");
        self.observe(&Observation::Effect(&effect));
    }

    /// Says that the program was told that a read model has caught up with a horizon of the log: the
    /// rows must hold everything up to there, of the history that the log has.
    pub fn reached<P: Projection>(&self, horizon: Horizon) {
        reached::<P>(self, self.0.losses, horizon);
    }

    /// Shows a text that a person may see, such as an error, to the check that none has a canary.
    pub fn shown(&self, text: &str) {
        self.observe(&Observation::Text(text));
    }

    /// A store that the program has opened by itself in the [environment](Self::store_environment) of its
    /// threads, instead of [`store`](Self::store) and [`read_models`](Self::read_models). All processes
    /// open the same one.
    #[doc(hidden)]
    #[must_use]
    pub fn external<S: EventStore + ReadModelStore + Clone>(&self, store: S) -> ExternalStore<S> {
        ExternalStore::new(self.0.caller.clone(), store, Arc::clone(&self.0.calls))
    }

    /// The environment of the threads of a store, which no fault of users' code holds up.
    #[doc(hidden)]
    #[must_use]
    pub fn store_environment(&self) -> Arc<dyn Environment> {
        Arc::new(StoreEnvironment(
            Arc::clone(&self.0.environment),
            self.0.caller.clone(),
        ))
    }

    /// Waits for as long as a group of commits takes.
    #[doc(hidden)]
    #[must_use]
    pub fn write_group(&self) -> BoxFuture<'static, ()> {
        let (delay, sync) = self.0.caller.delays();
        Box::pin(sleep(delay + sync))
    }

    /// Says that the store has written a group and answered it.
    #[doc(hidden)]
    pub fn wrote_group(&self) {
        if !self.0.caller.is_killed() {
            self.world().follow(self.id());
            self.0.calls.look();
        }
    }

    /// The value that [`Simulation::each_run`](crate::Simulation::each_run) has made for this run.
    ///
    /// # Panics
    ///
    /// If it has made something else, or nothing.
    #[doc(hidden)]
    #[must_use]
    pub fn of_run<T: Send + Sync + 'static>(&self) -> Arc<T> {
        let of_run = self
            .world()
            .of_run()
            .expect("something is made for each run");
        of_run.downcast().expect("it is of this type")
    }

    pub(crate) fn id(&self) -> ProcessId {
        self.0.caller.process
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.0.caller.world
    }

    fn observe(&self, seen: &Observation<'_>) {
        self.world().observe(self.0.caller.process, seen);
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({})", self.0.caller.process)
    }
}
