//! Renewing a lease.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::ProjectionError;
use crate::read_model::ReadModelError;
use crate::store::{StoreError, StoreErrorKind};
use crate::values::environment::{Task, TaskError};

/// Renews a lease until it is dropped, or another runner has taken the lease over. It runs in a lane
/// of its own: code that blocks the runtime of the work does not cost the lease.
pub(crate) struct Heartbeat(pub(super) Task<ReadModelError>);

impl Heartbeat {
    /// Works as long as the lease is there.
    pub(super) async fn during<T>(
        &mut self,
        work: impl Future<Output = Result<T, ProjectionError>>,
    ) -> Result<T, ProjectionError> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.poll_lost(context).map(|lost| Err(lost.into())),
        })
        .await
    }

    fn poll_lost(&mut self, context: &mut Context<'_>) -> Poll<ReadModelError> {
        let lost = Pin::new(&mut self.0).poll(context);
        lost.map(|lost| lost.unwrap_or_else(|error| ended("the lease is not renewed", &error)))
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.handle().abort();
    }
}

/// That a task ended without an outcome. It may be tried again.
pub(super) fn ended(what: &str, error: &TaskError) -> ReadModelError {
    let message = format!("{what}: {error}");
    StoreError::new(StoreErrorKind::Unavailable, message).into()
}
