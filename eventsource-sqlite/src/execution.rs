//! How the store runs the work that its callers wait for: on threads, or as tasks.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::store::BoxFuture;
use eventsource_core::values::{Environment, Lane};
use tokio::sync::oneshot;

use crate::fault::SqliteFault;
use crate::pinned::{PinnedFuture, in_place};
use crate::threads;

/// The one place where the store waits. Its work is written once, as futures: a thread polls one to its
/// end without ever leaving it, since on a thread each wait blocks. As a task the same future sleeps by
/// the clock of an environment, so that a simulation decides when it goes on.
#[derive(Clone, Debug, Default)]
pub(crate) enum Execution {
    /// Threads of the store's own: it works under any executor, and waits for no pool of another's.
    #[default]
    Threads,
    #[cfg_attr(
        not(feature = "simulation"),
        expect(dead_code, reason = "only the feature has an option for it")
    )]
    Tasks(Tasks),
}

/// The environment that runs tasks, and hooks before and after each group of requests.
#[derive(Clone)]
pub(crate) struct Tasks {
    environment: Arc<dyn Environment>,
    before_group: Arc<BeforeGroup>,
    after_group: Arc<dyn Fn() + Send + Sync>,
}

type BeforeGroup = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

impl Tasks {
    #[cfg(feature = "simulation")]
    pub(crate) fn new(
        environment: Arc<dyn Environment>,
        before_group: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
        after_group: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            environment,
            before_group: Arc::new(before_group),
            after_group: Arc::new(after_group),
        }
    }

    /// Waits for as long as a group takes, with the write lock held.
    pub(crate) async fn before_group(&self) {
        (self.before_group)().await;
    }

    /// Says that a group is written and answered.
    pub(crate) fn after_group(&self) {
        (self.after_group)();
    }
}

impl Execution {
    /// The clock by which it waits.
    pub(crate) fn instant(&self) -> Instant {
        match self {
            Self::Threads => Instant::now(),
            Self::Tasks(tasks) => tasks.environment.instant(),
        }
    }

    /// Waits for so long.
    pub(crate) async fn sleep(&self, duration: Duration) {
        match self {
            Self::Threads => thread::sleep(duration),
            Self::Tasks(tasks) => {
                let until = tasks.environment.instant() + duration;
                tasks.environment.sleep_until(until).await;
            }
        }
    }

    /// Starts work that goes on by itself.
    pub(crate) fn start<F: Future<Output = ()> + 'static>(
        &self,
        task: &str,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<(), SqliteFault> {
        match self {
            Self::Threads => threads::start(task, move || in_place(work())),
            Self::Tasks(tasks) => {
                let task = Box::pin(PinnedFuture::new(work));
                tasks.environment.spawn(Lane::Background, task);
                Ok(())
            }
        }
    }

    /// Runs work that may block its thread, and waits for its result.
    pub(crate) async fn run<
        T: Send + 'static,
        F: Future<Output = Result<T, SqliteFault>> + 'static,
    >(
        &self,
        task: &str,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, SqliteFault> {
        let (sender, receiver) = oneshot::channel();
        self.start(task, move || async move { drop(sender.send(work().await)) })?;
        receiver.await.map_err(|_| threads::interrupted(task))?
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
