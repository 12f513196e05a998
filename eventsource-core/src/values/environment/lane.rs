//! Lanes: groups of tasks by what may delay them.

use std::future::pending;
use std::sync::{Mutex, PoisonError, mpsc};
use std::{io, thread};

use tokio::runtime::{Builder, Handle};

use crate::future::BoxFuture;

/// The purpose of a task, which determines what may delay it.
///
/// ```
/// use eventsource_core::values::{Environment, Lane, SystemEnvironment};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// SystemEnvironment.spawn(Lane::Work, Box::pin(async { println!("on this runtime") }));
/// SystemEnvironment.spawn(Lane::Background, Box::pin(async { println!("on another thread") }));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lane {
    /// User code: projections and reactors. It may block other tasks of this lane.
    Work,
    /// Short tasks on behalf of several runtimes, such as the bus. They continue while one of these
    /// runtimes is blocked or has ended.
    Background,
    /// Claims, renewals and releases of leases. No other task runs here, so that a lease does not expire
    /// while its holder is alive.
    Heartbeat,
}

impl Lane {
    /// Runs a task as the system's environment does.
    pub(super) fn spawn(self, task: BoxFuture<'static, ()>) {
        static WORK: LaneThread = LaneThread::new("eventsource work");
        static BACKGROUND: LaneThread = LaneThread::new("eventsource background");
        static HEARTBEAT: LaneThread = LaneThread::new("eventsource heartbeat");
        match (self, Handle::try_current()) {
            (Self::Work, Ok(runtime)) => drop(runtime.spawn(task)),
            (Self::Work, Err(_)) => WORK.spawn(task),
            (Self::Background, _) => BACKGROUND.spawn(task),
            (Self::Heartbeat, _) => HEARTBEAT.spawn(task),
        }
    }
}

/// A thread with its own runtime, from the first task until the process ends.
struct LaneThread {
    name: &'static str,
    runtime: Mutex<Option<Handle>>,
}

impl LaneThread {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            runtime: Mutex::new(None),
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match (self.runtime(), Handle::try_current()) {
            (Ok(runtime), _) => drop(runtime.spawn(task)),
            (Err(error), Ok(runtime)) => {
                tracing::warn!(thread = self.name, %error, "a thread could not be started: its task runs on the runtime of its caller, which may delay it");
                drop(runtime.spawn(task));
            }
            // The task is dropped, and its owner gets an error.
            (Err(error), Err(_)) => {
                tracing::error!(thread = self.name, %error, "a thread could not be started: its task does not run");
            }
        }
    }

    fn runtime(&self) -> io::Result<Handle> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*runtime {
            return Ok(runtime.clone());
        }
        let started = start(self.name)?;
        Ok(runtime.insert(started).clone())
    }
}

/// Starts a thread with a runtime. The thread itself creates the runtime: if the system refuses the thread,
/// a runtime that was created here would be dropped in a task of another runtime, which panics.
fn start(name: &str) -> io::Result<Handle> {
    let (sender, receiver) = mpsc::channel();
    let run = move || match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let _ = sender.send(Ok(runtime.handle().clone()));
            runtime.block_on(pending::<()>());
        }
        Err(error) => drop(sender.send(Err(error))),
    };
    thread::Builder::new().name(name.to_owned()).spawn(run)?;
    receiver
        .recv()
        .unwrap_or_else(|ended| Err(io::Error::other(ended)))
}
