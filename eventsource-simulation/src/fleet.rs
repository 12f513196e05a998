//! The processes, as an operator sees them.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventsource_core::store::BoxFuture;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::observation::Observation;
use crate::process::Process;
use crate::process_id::{ProcessId, TaskLane};
use crate::world::World;

/// An error of the program under simulation.
///
/// [Example](crate#example).
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The time after which an operator starts a process again whose program did not start.
const AGAIN: Duration = Duration::from_secs(1);

pub(crate) type Start<P> =
    Arc<dyn Fn(Process) -> BoxFuture<'static, Result<P, BoxError>> + Send + Sync>;

/// Starts, ends and starts again the processes of a program `P`.
pub(crate) struct Fleet<P> {
    pub(crate) world: Arc<World>,
    start: Start<P>,
    slots: Vec<Slot<P>>,
}

struct Slot<P> {
    state: Mutex<SlotState>,
    program: watch::Sender<Option<Started<P>>>,
}

struct SlotState {
    process: ProcessId,
    /// The number of faults that keep it down.
    down: u32,
    release: u32,
}

/// A program that has started in a process.
pub(crate) struct Started<P> {
    pub(crate) process: Process,
    pub(crate) program: P,
}

impl<P: Clone + Send + Sync + 'static> Fleet<P> {
    pub(crate) fn new(world: Arc<World>, processes: u16, start: Start<P>) -> Arc<Self> {
        let slot = |index| Slot {
            state: Mutex::new(SlotState {
                process: ProcessId::new(index, 0),
                down: 0,
                release: 1,
            }),
            program: watch::Sender::new(None),
        };
        Arc::new(Self {
            world,
            start,
            slots: (0..processes).map(slot).collect(),
        })
    }

    pub(crate) fn processes(&self) -> u16 {
        u16::try_from(self.slots.len()).expect("they are counted in 16 bits")
    }

    pub(crate) fn launch_all(self: &Arc<Self>) {
        (0..self.processes()).for_each(|index| self.launch(index));
    }

    /// The program of a process, once it has started.
    pub(crate) async fn program(&self, index: u16) -> Started<P> {
        let mut program = self.slot(index).program.subscribe();
        loop {
            if let Some(started) = &*program.borrow_and_update() {
                return started.clone();
            }
            if program.changed().await.is_err() {
                unreachable!("the fleet owns the sender");
            }
        }
    }

    /// Whether every process has started its program.
    pub(crate) fn is_up(&self) -> bool {
        self.slots
            .iter()
            .all(|slot| slot.program.borrow().is_some())
    }

    /// Whether this is the newest start of a process.
    pub(crate) fn is_newest(&self, process: ProcessId) -> bool {
        self.slot(process.index).state().process == process
    }

    /// Ends a process without a word, and keeps it down until [`bring_up`](Self::bring_up).
    pub(crate) fn take_down(&self, index: u16) {
        let mut state = self.slot(index).state();
        state.down += 1;
        if state.down == 1 {
            let process = state.process;
            drop(state);
            self.end(process);
        }
    }

    pub(crate) fn bring_up(self: &Arc<Self>, index: u16) {
        let mut state = self.slot(index).state();
        state.down -= 1;
        if state.down == 0 {
            state.process.start += 1;
            drop(state);
            self.launch(index);
        }
    }

    pub(crate) fn take_all_down(&self) {
        (0..self.processes()).for_each(|index| self.take_down(index));
    }

    pub(crate) fn bring_all_up(self: &Arc<Self>) {
        (0..self.processes()).for_each(|index| self.bring_up(index));
    }

    /// Sets which program the next starts of a process run.
    pub(crate) fn set_release(&self, index: u16, release: u32) {
        self.slot(index).state().release = release;
    }

    /// Drops the tasks that run users' code, while the process lives.
    pub(crate) fn drop_runtime(&self, index: u16) {
        let process = self.slot(index).state().process;
        self.world.scheduler.drop_lane(process, TaskLane::Work);
        let gone = self.slot(index).program.send_replace(None);
        drop(gone);
    }

    fn launch(self: &Arc<Self>, index: u16) {
        let (id, release) = {
            let state = self.slot(index).state();
            (state.process, state.release)
        };
        let process = Process::begin(&self.world, id, release);
        let fleet = Arc::clone(self);
        let run = async move {
            match (fleet.start)(process.clone()).await {
                Ok(program) => fleet.started(process, program),
                Err(error) => fleet.failed(&process, &*error).await,
            }
        };
        self.world
            .scheduler
            .spawn(id, TaskLane::Work, Box::pin(run));
    }

    fn started(&self, process: Process, program: P) {
        let id = process.id();
        let head = self.world.head().position();
        self.world.observe(id, &Observation::Started { head });
        let started = Started { process, program };
        let gone = self.slot(id.index).program.send_replace(Some(started));
        drop(gone);
    }

    /// Starts the process again after a while.
    async fn failed(self: &Arc<Self>, process: &Process, error: &(dyn Error + Send + Sync)) {
        self.world.observer.count("failed start");
        process.shown(&chain(error));
        sleep(AGAIN).await;
        self.take_down(process.id().index);
        self.bring_up(process.id().index);
    }

    fn end(&self, process: ProcessId) {
        self.world.backend.end(&self.world, process);
        self.world.scheduler.kill(process);
        self.world.observe(process, &Observation::Killed);
        let gone = self.slot(process.index).program.send_replace(None);
        drop(gone);
        self.world.externals.remove(process);
    }

    fn slot(&self, index: u16) -> &Slot<P> {
        &self.slots[usize::from(index) % self.slots.len()]
    }
}

impl<P> Slot<P> {
    fn state(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Clone> Clone for Started<P> {
    fn clone(&self) -> Self {
        Self {
            process: self.process.clone(),
            program: self.program.clone(),
        }
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &(dyn Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
