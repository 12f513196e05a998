//! Where tasks run.

use std::future::pending;
use std::sync::{Mutex, PoisonError, mpsc};
use std::{io, thread};

use tokio::runtime::{Builder, Handle};

use crate::future::BoxFuture;

/// What a task is for, which decides what may hold it up.
///
/// ```
/// use eventsource_core::values::{Environment, Lane, SystemEnvironment};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// SystemEnvironment.spawn(Lane::Work, Box::pin(async { println!("on this runtime") }));
/// SystemEnvironment.spawn(Lane::Background, Box::pin(async { println!("beside it") }));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lane {
    /// Code of the user runs here: projections and reactors. It may block the others of its lane.
    Work,
    /// Short tasks on behalf of several runtimes, such as the bus. They go on while one of those
    /// runtimes is blocked or gone.
    Background,
    /// Claims, keeps and gives up leases. Nothing else runs here, so that a lease does not expire
    /// while its owner is alive.
    Heartbeat,
}

impl Lane {
    /// Runs a task where the system's environment does.
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

/// A thread with a runtime of its own, from its first task on until the process ends.
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
                tracing::warn!(thread = self.name, %error, "a thread could not be started: its task runs on the runtime of its caller, which may hold it up");
                drop(runtime.spawn(task));
            }
            // The task is dropped, which its owner learns.
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

/// Starts a thread that runs what is spawned on its runtime. The runtime is made by the thread
/// itself, since it must not be dropped by a task of another runtime where the thread is refused.
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
