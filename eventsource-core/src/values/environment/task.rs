//! A task that was spawned.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use super::{Environment, Lane};
use crate::panic;

/// A task of an environment, whatever runs it. Awaited, it answers what the future came to. It goes
/// on when this is dropped.
pub(crate) struct Task<T> {
    outcome: oneshot::Receiver<Result<T, TaskError>>,
    handle: TaskHandle,
}

/// Ends a task, and says whether it has ended. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct TaskHandle(Arc<Control>);

#[derive(Default)]
struct Control {
    is_aborted: AtomicBool,
    has_ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// Why a task has no outcome.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    #[error("its task panicked: {0}")]
    Panicked(String),
    #[error("its task was aborted, or the runtime that ran it has ended")]
    Dropped,
}

/// Runs a future as a task.
pub(crate) fn spawn<T: Send + 'static>(
    environment: &dyn Environment,
    lane: Lane,
    future: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let (sender, outcome) = oneshot::channel();
    let handle = TaskHandle::default();
    let ended = Ended(handle.clone());
    let task = async move {
        // Declared before the future, and so dropped after it, however the task ends: what has
        // ended holds nothing any more.
        let (ended, sender) = (ended, sender);
        let done = {
            let mut future = pin!(future);
            poll_fn(|context| ended.0.poll(future.as_mut(), context)).await
        };
        let _ = sender.send(done);
    };
    environment.spawn(lane, Box::pin(task));
    Task { outcome, handle }
}

impl<T> Task<T> {
    /// What ends it.
    pub(crate) fn handle(&self) -> &TaskHandle {
        &self.handle
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.outcome).poll(context);
        outcome.map(|done| done.unwrap_or(Err(TaskError::Dropped)))
    }
}

impl TaskHandle {
    /// Ends the task where it next waits.
    pub(crate) fn abort(&self) {
        self.0.is_aborted.store(true, Ordering::SeqCst);
        let waker = self.waker().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether the task is over, whatever ended it.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::SeqCst)
    }

    fn poll<T>(
        &self,
        future: Pin<&mut impl Future<Output = T>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, TaskError>> {
        // The waker is left before the flag is read: an abort in between wakes it.
        self.leave(context.waker());
        if self.0.is_aborted.load(Ordering::SeqCst) {
            return Poll::Ready(Err(TaskError::Dropped));
        }
        match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(TaskError::Panicked(panic::message(&*panic)))),
        }
    }

    fn leave(&self, waker: &Waker) {
        match &mut *self.waker() {
            Some(left) => left.clone_from(waker),
            left => *left = Some(waker.clone()),
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped with its task.
struct Ended(TaskHandle);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.0.has_ended.store(true, Ordering::SeqCst);
        drop(self.0.waker().take());
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::testing::TestEnvironment;

    fn start<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        spawn(&TestEnvironment, Lane::Work, future)
    }

    #[tokio::test]
    async fn a_task_tells_what_it_came_to() {
        let task = start(ready(7));
        let handle = task.handle().clone();
        assert!(!handle.has_ended());
        assert_eq!(task.await.unwrap(), 7);
        let panicked = start(async { panic!("at the disco") });
        let error = panicked.await.map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "its task panicked: at the disco");
    }

    /// What it holds is gone when it is said to have ended.
    #[tokio::test]
    async fn a_task_that_is_aborted_ends_where_it_waits() {
        let held = Arc::new(());
        let task = start({
            let held = Arc::clone(&held);
            async move {
                pending::<()>().await;
                drop(held);
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&held), 2);
        let handle = task.handle().clone();
        handle.abort();
        assert!(matches!(task.await, Err(TaskError::Dropped)));
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn a_task_whose_runtime_is_dropped_has_ended() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let handle = runtime.block_on(async { start(pending::<()>()).handle().clone() });
        assert!(!handle.has_ended());
        drop(runtime);
        assert!(handle.has_ended());
    }

    #[test]
    fn a_task_that_nothing_runs_has_ended_at_once() {
        let task = start(pending::<()>());
        assert!(task.handle().has_ended());
    }
}
