//! A spawned task.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use super::{Environment, Lane};
use crate::panic;

/// A spawned task of an environment. Awaiting it returns the result of its future. The task continues if
/// this handle is dropped.
pub(crate) struct Task<T> {
    outcome: oneshot::Receiver<Result<T, TaskError>>,
    handle: TaskHandle,
}

/// Aborts a task, and reports whether it has ended. It is cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct TaskHandle(Arc<Control>);

#[derive(Default)]
struct Control {
    is_aborted: AtomicBool,
    has_ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// The error of a task without a result.
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
    let end = EndGuard(handle.clone());
    let task = async move {
        // These are declared before the future, and so dropped after it: a task that has ended has
        // released its resources.
        let (end, sender) = (end, sender);
        let outcome = {
            let mut future = pin!(future);
            poll_fn(|context| end.0.poll(future.as_mut(), context)).await
        };
        let _ = sender.send(outcome);
    };
    environment.spawn(lane, Box::pin(task));
    Task { outcome, handle }
}

impl<T> Task<T> {
    /// The handle that aborts the task.
    pub(crate) fn handle(&self) -> &TaskHandle {
        &self.handle
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.outcome).poll(context);
        outcome.map(|outcome| outcome.unwrap_or(Err(TaskError::Dropped)))
    }
}

impl TaskHandle {
    /// Aborts the task at its next wait.
    pub(crate) fn abort(&self) {
        self.0.is_aborted.store(true, Ordering::SeqCst);
        let waker = self.waker().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether the task has ended, for any reason.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::SeqCst)
    }

    fn poll<T>(
        &self,
        future: Pin<&mut impl Future<Output = T>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, TaskError>> {
        // The waker is stored before the flag is read, so that an abort in between wakes the task.
        self.store_waker(context.waker());
        if self.0.is_aborted.load(Ordering::SeqCst) {
            return Poll::Ready(Err(TaskError::Dropped));
        }
        match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(TaskError::Panicked(panic::message(&*panic)))),
        }
    }

    fn store_waker(&self, waker: &Waker) {
        match &mut *self.waker() {
            Some(stored) => stored.clone_from(waker),
            stored => *stored = Some(waker.clone()),
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the task as ended when it is dropped with the task.
struct EndGuard(TaskHandle);

impl Drop for EndGuard {
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
    async fn a_task_returns_its_result_or_its_panic() {
        let task = start(ready(7));
        let handle = task.handle().clone();
        assert!(!handle.has_ended());
        assert_eq!(task.await.unwrap(), 7);
        let panicked = start(async { panic!("at the disco") });
        let error = panicked.await.map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "its task panicked: at the disco");
    }

    /// Its resources are released before it counts as ended.
    #[tokio::test]
    async fn an_aborted_task_ends_where_it_waits() {
        let resource = Arc::new(());
        let task = start({
            let resource = Arc::clone(&resource);
            async move {
                pending::<()>().await;
                drop(resource);
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&resource), 2);
        let handle = task.handle().clone();
        handle.abort();
        assert!(matches!(task.await, Err(TaskError::Dropped)));
        assert_eq!(Arc::strong_count(&resource), 1);
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
    fn a_task_without_a_runtime_has_ended_at_once() {
        let task = start(pending::<()>());
        assert!(task.handle().has_ended());
    }
}
