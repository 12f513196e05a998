//! The environment: the source of time, randomness and tasks.

mod home;
mod lane;
mod task;
mod timing;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use uuid::Uuid;

use super::timestamp::Timestamp;
use crate::future::BoxFuture;
pub(crate) use home::Home;
pub use lane::Lane;
pub(crate) use task::{Task, TaskError, TaskHandle, spawn};
pub(crate) use timing::{deadline, sleep, timeout, timeout_at};

/// The only source of time, new ids and tasks. The core reads no clock, starts no thread and spawns no task
/// in another way. So a program that replaces the environment controls everything that events do not
/// determine.
///
/// ```
/// use eventsource_core::{MemoryStore, Timestamp};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::values::Environment;
///
/// #[derive(Debug)]
/// struct Noon;
///
/// impl Environment for Noon {
///     fn now(&self) -> Timestamp {
///         "2017-01-01T12:00:00Z".parse().unwrap()
///     }
///     fn uuid(&self) -> Uuid {
///         Uuid::now_v7()
///     }
/// }
///
/// let store = MemoryStore::in_environment(Noon);
/// # let _ = store;
/// ```
pub trait Environment: Debug + Send + Sync + 'static {
    /// The time of the wall clock.
    fn now(&self) -> Timestamp;

    /// Returns a new unique id.
    fn uuid(&self) -> Uuid;

    /// The number of the simulated process: 0, unless one program simulates several processes. State that a
    /// process shares between its handles of a store, such as stream locks, is separated by this number.
    fn process(&self) -> u64 {
        0
    }

    /// The time of the monotonic clock, by which durations are measured. By default it is tokio's clock,
    /// which a test can pause.
    ///
    /// ```
    /// use eventsource_core::values::{Environment, SystemEnvironment};
    ///
    /// assert!(SystemEnvironment.instant() <= SystemEnvironment.instant());
    /// ```
    fn instant(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    /// Waits until the clock of [`instant`](Self::instant) has reached this point. By default the timer is
    /// that of the tokio runtime that polls the future, or without one that of the
    /// [background](Lane::Background) lane.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use eventsource_core::values::{Environment, SystemEnvironment};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let soon = SystemEnvironment.instant() + Duration::from_millis(1);
    /// SystemEnvironment.sleep_until(soon).await;
    /// assert!(SystemEnvironment.instant() >= soon);
    /// # }
    /// ```
    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()> {
        Box::pin(timing::sleep_until(instant))
    }

    /// Runs a task in a [lane](Lane). The task is polled until it ends, or dropped when its process ends. Its
    /// result is not reported.
    ///
    /// By default, work runs on the tokio runtime of the caller. Each other lane is one thread of the process
    /// with its own small runtime, which is started on first use. These lanes measure real time: a test that
    /// pauses the clock of its runtime uses [`TestEnvironment`](crate::testing::TestEnvironment).
    ///
    /// ```
    /// use eventsource_core::values::{Environment, Lane, SystemEnvironment};
    ///
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let renew = async move { sender.send("renewed").unwrap() };
    /// SystemEnvironment.spawn(Lane::Heartbeat, Box::pin(renew));
    /// assert_eq!(receiver.recv().unwrap(), "renewed");
    /// ```
    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        lane.spawn(task);
    }
}

impl<E: Environment + ?Sized> Environment for Arc<E> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn uuid(&self) -> Uuid {
        (**self).uuid()
    }

    fn process(&self) -> u64 {
        (**self).process()
    }

    fn instant(&self) -> Instant {
        (**self).instant()
    }

    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()> {
        (**self).sleep_until(instant)
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        (**self).spawn(lane, task);
    }
}

/// The clock and the random numbers of the operating system. New ids are UUIDs of version 7.
///
/// ```
/// use eventsource_core::values::{Environment, SystemEnvironment};
///
/// assert_ne!(SystemEnvironment.uuid(), SystemEnvironment.uuid());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
