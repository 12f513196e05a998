//! An environment for tests with a paused clock.

use tokio::runtime::Handle;

use crate::future::BoxFuture;
use crate::values::{Environment, Lane, SystemEnvironment, Timestamp};

/// The system's clock and ids, with every task on the tokio runtime of its caller. So a runner follows
/// the clock of that runtime, which a test can pause.
///
/// ```
/// use eventsource_core::testing::TestEnvironment;
/// use eventsource_core::{MemoryReadModels, MemoryStore, Runner};
///
/// let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new());
/// let runner = runner.in_environment(TestEnvironment);
/// # let _ = runner;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TestEnvironment;

impl Environment for TestEnvironment {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> uuid::Uuid {
        SystemEnvironment.uuid()
    }

    /// Drops the task if there is no runtime, since that of the test has ended.
    fn spawn(&self, _: Lane, task: BoxFuture<'static, ()>) {
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(task));
        }
    }
}
