//! The tasks that can be polled.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};

use super::error::SchedulerError;
use crate::draw::mix;

/// The tasks that were woken, sorted by a priority that is drawn for each of their polls. The first
/// one is polled next: which one that is does not depend on the order in which they were woken, and
/// hardly on whether a task was left out.
#[derive(Debug)]
pub(super) struct Ready {
    /// The thread of the simulation.
    thread: ThreadId,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tasks: BTreeSet<(u64, u64)>,
    /// Wakes the scheduler, which is one future itself.
    scheduler: Option<Waker>,
    foreign: Option<SchedulerError>,
}

/// Wakes one task.
#[derive(Debug)]
pub(super) struct TaskWaker {
    id: u64,
    /// The seed of the priorities of the task.
    seed: u64,
    name: String,
    polls: AtomicU64,
    is_ready: AtomicBool,
    ready: Arc<Ready>,
}

impl Ready {
    /// For the thread that calls this.
    pub(super) fn here() -> Self {
        Self {
            thread: thread::current().id(),
            inner: Mutex::default(),
        }
    }

    pub(super) fn set_scheduler(&self, waker: &Waker) {
        match &mut self.inner().scheduler {
            Some(left) => left.clone_from(waker),
            left => *left = Some(waker.clone()),
        }
    }

    /// Takes the task that comes next.
    ///
    /// # Errors
    ///
    /// [`SchedulerError::ForeignWaker`], once another thread has woken a task.
    pub(super) fn pop(&self) -> Result<Option<u64>, SchedulerError> {
        let mut inner = self.inner();
        match inner.foreign.take() {
            Some(error) => Err(error),
            None => Ok(inner.tasks.pop_first().map(|(_, id)| id)),
        }
    }

    fn push(&self, priority: u64, id: u64) {
        let mut inner = self.inner();
        inner.tasks.insert((priority, id));
        if let Some(scheduler) = &inner.scheduler {
            scheduler.wake_by_ref();
        }
    }

    fn refuse(&self, error: SchedulerError) {
        let mut inner = self.inner();
        inner.foreign.get_or_insert(error);
        if let Some(scheduler) = &inner.scheduler {
            scheduler.wake_by_ref();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskWaker {
    pub(super) fn new(id: u64, seed: u64, name: String, ready: Arc<Ready>) -> Self {
        Self {
            id,
            seed,
            name,
            polls: AtomicU64::new(0),
            is_ready: AtomicBool::new(false),
            ready,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The task is polled now, and may be woken again.
    pub(super) fn begin_poll(&self) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.is_ready.store(false, Ordering::Relaxed);
    }

    /// Wakes the task again although it was woken already, since it was held up.
    pub(super) fn wake_held(self: &Arc<Self>) {
        self.is_ready.store(false, Ordering::Relaxed);
        self.wake_by_ref();
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let thread = thread::current();
        if thread.id() != self.ready.thread {
            let name = thread.name().map(str::to_owned);
            let thread = name.unwrap_or_else(|| format!("{:?}", thread.id()));
            let task = self.name.clone();
            return self
                .ready
                .refuse(SchedulerError::ForeignWaker { thread, task });
        }
        if !self.is_ready.swap(true, Ordering::Relaxed) {
            let polls = self.polls.load(Ordering::Relaxed);
            self.ready.push(mix(self.seed ^ mix(polls)), self.id);
        }
    }
}
