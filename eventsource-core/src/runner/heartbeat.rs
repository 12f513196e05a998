//! The renewal of a lease.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::ProjectionError;
use crate::read_model::ClaimError;
use crate::store::{StoreError, StoreErrorKind};
use crate::values::environment::{self, Task, TaskError};
use crate::values::{Environment, Lane};

/// Renews a lease until it is dropped, or another runner has taken the lease over. It runs in a
/// [lane](Lane::Heartbeat) of its own, so that code which blocks the runtime of the projection does not
/// cost the lease.
pub(crate) struct Heartbeat(Task<ClaimError>);

impl Heartbeat {
    /// Starts a task of a future that renews the lease until it is lost.
    pub(super) fn start(
        environment: &dyn Environment,
        renewal: impl Future<Output = ClaimError> + Send + 'static,
    ) -> Self {
        Self(environment::spawn(environment, Lane::Heartbeat, renewal))
    }

    /// Runs the future until it ends or the lease is lost.
    pub(super) async fn run_while_held<T>(
        &mut self,
        future: impl Future<Output = Result<T, ProjectionError>>,
    ) -> Result<T, ProjectionError> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.poll_lost(context).map(|lost| Err(lost.into())),
        })
        .await
    }

    fn poll_lost(&mut self, context: &mut Context<'_>) -> Poll<ClaimError> {
        let lost = Pin::new(&mut self.0).poll(context);
        lost.map(|lost| {
            lost.unwrap_or_else(|error| task_error("the lease is not renewed", &error).into())
        })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.handle().abort();
    }
}

/// The transient error of a task that ended without an outcome.
pub(super) fn task_error(what: &str, error: &TaskError) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("{what}: {error}"))
}
