//! The tasks of all simulated processes, as one future.

mod error;
mod ready;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use eventsource_core::store::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::unconstrained;
use tokio::time::Instant;

use crate::draw::{hash_text, mix};
use crate::paused::paused_runtime;
use crate::process_id::{ProcessId, TaskLane};
pub(crate) use error::SchedulerError;
use ready::{Ready, TaskWaker};

/// The number of polls at one instant that is taken for a loop.
const POLLS: u64 = 1_000_000;
/// The time, by the real clock, that another thread gets to wake a task before the run is stalled.
const FOREIGN: Duration = Duration::from_millis(100);

/// Owns the tasks of the simulated processes. It is one future in a tokio runtime whose clock stands
/// still: it polls the ready tasks in an order that the seed decides, and is `Pending` when none is
/// ready, so that tokio moves its clock to the next timer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Scheduler(Arc<Shared>);

struct Shared {
    seed: u64,
    /// Whether tokio runs the tasks.
    is_detached: bool,
    ready: Arc<Ready>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    began: Option<Instant>,
    next: u64,
    all: BTreeMap<u64, Task>,
    /// The number of tasks that were spawned in each lane of a process.
    spawned: BTreeMap<(ProcessId, TaskLane), u64>,
    killed: BTreeSet<ProcessId>,
    /// The number of faults that hold a lane up.
    holds: BTreeMap<(u16, TaskLane), u32>,
    polls: u64,
}

struct Task {
    process: ProcessId,
    lane: TaskLane,
    /// `None` while it is polled.
    future: Option<BoxFuture<'static, ()>>,
    waker: Arc<TaskWaker>,
    /// Whether it was woken while its lane was held up.
    was_woken_while_held: bool,
}

/// The outcome of a run.
pub(crate) struct Ran<T> {
    pub(crate) outcome: Result<T, SchedulerError>,
    pub(crate) polls: u64,
    /// The duration, by the clock of the simulation.
    pub(crate) elapsed: Duration,
}

impl Scheduler {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, false)
    }

    /// Hands its tasks over to the runtime of the caller, in no order: for a store without a
    /// simulation.
    pub(crate) fn detached(seed: u64) -> Self {
        let detached = Self::of(seed, true);
        detached.tasks().began = Some(Instant::now());
        detached
    }

    fn of(seed: u64, is_detached: bool) -> Self {
        Self(Arc::new(Shared {
            seed,
            is_detached,
            ready: Arc::new(Ready::here()),
            tasks: Mutex::default(),
        }))
    }

    /// Runs a future as a task of the simulation itself, and everything that is spawned meanwhile,
    /// until it ends. All other tasks are dropped then, without an effect.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        main: impl Future<Output = T> + Send + 'static,
    ) -> Ran<T> {
        let runtime = paused_runtime();
        let done = Arc::new(Mutex::new(None));
        let (sender, scheduler) = (Arc::clone(&done), self.clone());
        let (outcome, elapsed) = runtime.block_on(async move {
            scheduler.tasks().began = Some(Instant::now());
            let main = async move { *lock(&sender) = Some(main.await) };
            scheduler.spawn(ProcessId::SIMULATION, TaskLane::Work, Box::pin(main));
            let outcome = unconstrained(scheduler.drive(limit, &done)).await;
            let elapsed = scheduler.elapsed();
            scheduler.drop_all();
            (outcome, elapsed)
        });
        let polls = self.tasks().polls;
        Ran {
            outcome,
            polls,
            elapsed,
        }
    }

    /// Whether it is that of a store without a simulation.
    pub(crate) fn is_detached(&self) -> bool {
        self.0.is_detached
    }

    pub(crate) fn seed(&self) -> u64 {
        self.0.seed
    }

    /// The time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        let began = self.tasks().began;
        began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// Adds a task of a process. That of a process that was killed is dropped.
    pub(crate) fn spawn(&self, process: ProcessId, lane: TaskLane, future: BoxFuture<'static, ()>) {
        if self.0.is_detached {
            return drop(tokio::spawn(future));
        }
        let mut tasks = self.tasks();
        if tasks.killed.contains(&process) {
            drop(tasks);
            return drop(future);
        }
        tasks.next += 1;
        let id = tasks.next;
        let spawned = tasks.spawned.entry((process, lane)).or_default();
        *spawned += 1;
        let seed =
            self.0.seed ^ mix(process.number() ^ mix(hash_text(lane.name()) ^ mix(*spawned)));
        let name = format!("task {spawned} of {process} in the lane `{lane}`");
        let waker = TaskWaker::new(id, mix(seed), name, Arc::clone(&self.0.ready));
        let task = Task {
            process,
            lane,
            future: Some(future),
            waker: Arc::new(waker),
            was_woken_while_held: false,
        };
        let waker = Arc::clone(&task.waker);
        tasks.all.insert(id, task);
        drop(tasks);
        Waker::from(waker).wake();
    }

    /// Ends a process between two polls. Whatever its tasks hold is dropped; what their destructors
    /// ask of the simulation has no effect, since the process is killed by then.
    pub(crate) fn kill(&self, process: ProcessId) {
        let mut tasks = self.tasks();
        tasks.killed.insert(process);
        let of_process = |(_, task): &(&u64, &Task)| task.process == process;
        let ids: Vec<u64> = tasks
            .all
            .iter()
            .filter(of_process)
            .map(|(id, _)| *id)
            .collect();
        let gone: Vec<Task> = ids.iter().filter_map(|id| tasks.all.remove(id)).collect();
        drop(tasks);
        drop(gone);
    }

    /// Drops the tasks of a lane of a process, as when its runtime ends. The process lives on.
    pub(crate) fn drop_lane(&self, process: ProcessId, lane: TaskLane) {
        let mut tasks = self.tasks();
        let is_of_lane = |(_, task): &(&u64, &Task)| (task.process, task.lane) == (process, lane);
        let ids: Vec<u64> = tasks
            .all
            .iter()
            .filter(is_of_lane)
            .map(|(id, _)| *id)
            .collect();
        let gone: Vec<Task> = ids.iter().filter_map(|id| tasks.all.remove(id)).collect();
        drop(tasks);
        drop(gone);
    }

    pub(crate) fn is_killed(&self, process: ProcessId) -> bool {
        self.tasks().killed.contains(&process)
    }

    /// Holds a lane of a process up, in every start of the process, until each hold was
    /// [released](Self::release).
    pub(crate) fn hold(&self, process: u16, lane: TaskLane) {
        *self.tasks().holds.entry((process, lane)).or_default() += 1;
    }

    /// Ends one [hold](Self::hold).
    pub(crate) fn release(&self, process: u16, lane: TaskLane) {
        let mut tasks = self.tasks();
        if let Some(holds) = tasks.holds.get_mut(&(process, lane)) {
            *holds -= 1;
            if *holds > 0 {
                return;
            }
        }
        tasks.holds.remove(&(process, lane));
        let held = |task: &&mut Task| {
            (task.process.index, task.lane) == (process, lane) && task.was_woken_while_held
        };
        let woken: Vec<Arc<TaskWaker>> = tasks
            .all
            .values_mut()
            .filter(held)
            .map(|task| {
                task.was_woken_while_held = false;
                Arc::clone(&task.waker)
            })
            .collect();
        drop(tasks);
        woken.iter().for_each(TaskWaker::wake_held);
    }

    /// Polls what is ready until `done` is filled.
    async fn drive<T>(
        &self,
        limit: Duration,
        done: &Mutex<Option<T>>,
    ) -> Result<T, SchedulerError> {
        // Without it tokio would wait without an end when no task waits for a timer.
        let mut end = pin!(tokio::time::sleep(limit));
        let runtime = Handle::current();
        let mut loops = PollCounter::default();
        poll_fn(|context| {
            self.0.ready.set_scheduler(context.waker());
            if let Err(error) = self.poll_ready(&runtime, &mut loops) {
                return Poll::Ready(Err(error));
            }
            if let Some(done) = lock(done).take() {
                return Poll::Ready(Ok(done));
            }
            end.as_mut()
                .poll(context)
                .map(|()| Err(self.stalled(limit)))
        })
        .await
    }

    fn poll_ready(&self, runtime: &Handle, loops: &mut PollCounter) -> Result<(), SchedulerError> {
        loops.at(Instant::now());
        while let Some(id) = self.0.ready.pop()? {
            let Some((future, waker)) = self.begin_poll(id) else {
                continue;
            };
            loops.count(waker.name())?;
            self.poll(id, future, &waker)?;
            if runtime.metrics().num_alive_tasks() > 0 {
                let task = waker.name().to_owned();
                return Err(SchedulerError::SpawnedOutside { task });
            }
        }
        Ok(())
    }

    /// Takes a task out to be polled, unless it is gone or its lane is held up.
    fn begin_poll(&self, id: u64) -> Option<(BoxFuture<'static, ()>, Arc<TaskWaker>)> {
        let mut tasks = self.tasks();
        let Tasks { all, holds, .. } = &mut *tasks;
        let task = all.get_mut(&id)?;
        if !holds.is_empty() && holds.contains_key(&(task.process.index, task.lane)) {
            task.was_woken_while_held = true;
            return None;
        }
        let polled = (task.future.take()?, Arc::clone(&task.waker));
        tasks.polls += 1;
        Some(polled)
    }

    fn poll(
        &self,
        id: u64,
        mut future: BoxFuture<'static, ()>,
        waker: &Arc<TaskWaker>,
    ) -> Result<(), SchedulerError> {
        waker.begin_poll();
        let polling = Waker::from(Arc::clone(waker));
        let mut context = Context::from_waker(&polling);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)));
        let gone = self.end_poll(id, future, matches!(polled, Ok(Poll::Pending)));
        drop(gone);
        polled.map(drop).map_err(|panic| SchedulerError::Panicked {
            task: waker.name().to_owned(),
            message: message(&*panic),
        })
    }

    /// Puts a task back that goes on. What is returned is to be dropped without the lock.
    fn end_poll(
        &self,
        id: u64,
        future: BoxFuture<'static, ()>,
        goes_on: bool,
    ) -> (Option<Task>, Option<BoxFuture<'static, ()>>) {
        let mut tasks = self.tasks();
        match tasks.all.get_mut(&id) {
            Some(task) if goes_on => {
                task.future = Some(future);
                (None, None)
            }
            // It has ended, or its process was killed by itself.
            _ => (tasks.all.remove(&id), Some(future)),
        }
    }

    /// The reason why nothing comes to an end. The clock of the simulation does not wait for other
    /// threads, so one that is to wake a task gets a moment to show itself.
    fn stalled(&self, limit: Duration) -> SchedulerError {
        thread::sleep(FOREIGN);
        if let Err(foreign) = self.0.ready.pop() {
            return foreign;
        }
        let tasks = self.tasks();
        let names = tasks.all.values().map(|task| task.waker.name().to_owned());
        let waiting = names.collect();
        SchedulerError::Stalled { limit, waiting }
    }

    fn drop_all(&self) {
        loop {
            let mut tasks = self.tasks();
            let processes: Vec<_> = tasks.all.values().map(|task| task.process).collect();
            tasks.killed.extend(processes);
            let gone = std::mem::take(&mut tasks.all);
            drop(tasks);
            if gone.is_empty() {
                return;
            }
            drop(gone);
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        lock(&self.0.tasks)
    }
}

/// Finds loops that wait for nothing.
#[derive(Default)]
struct PollCounter {
    instant: Option<Instant>,
    polls: u64,
}

impl PollCounter {
    fn at(&mut self, now: Instant) {
        if self.instant != Some(now) {
            *self = Self {
                instant: Some(now),
                polls: 0,
            };
        }
    }

    fn count(&mut self, task: &str) -> Result<(), SchedulerError> {
        self.polls += 1;
        if self.polls < POLLS {
            return Ok(());
        }
        Err(SchedulerError::PollLoop {
            task: task.to_owned(),
            polls: self.polls,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text of a panic.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a value that is no text".to_owned())
}
