//! Projections that are run.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::{ProjectionError, Status, Supervised};
use crate::{BoxFuture, EventBus, Position, Projection, ReadModelError, Rebuild, Table};

/// Projections that are run until this is dropped: see [`Runner`](crate::Runner).
pub struct Running {
    all: Vec<Arc<Supervised>>,
    head: watch::Receiver<Position>,
}

impl Running {
    pub(super) fn new(all: Vec<Arc<Supervised>>, bus: &Arc<dyn EventBus>) -> Self {
        let head = bus.store().watch();
        Self { all, head }
    }

    /// How each projection is doing, in the order in which they were added.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let head = *self.head.borrow();
        let status = |one: &Arc<Supervised>| {
            let mut status = one.status();
            status.head = head.max(status.position);
            status
        };
        self.all.iter().map(status).collect()
    }

    /// Builds the model of `P` anew from the first event on, beside the one that is read, and puts
    /// it in its place when it is there. Projections that follow `P` are built with it. If this is
    /// dropped before it answers, the rebuild goes on.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::Unknown`] if `P` is not run here, and the others of [`ProjectionError`]; the
    /// old model stays, and its projection goes on.
    pub fn rebuild<P: Rebuild>(&self) -> BoxFuture<'_, Result<(), ProjectionError>> {
        // Of an `async fn`, the compiler says three times that `P` cannot be rebuilt.
        let found = self.find::<P>();
        Box::pin(async move { found?.rebuild().await })
    }

    /// Removes all versions of the model of `P` that are older than this one, with their rows.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::Rebuilding`] while this version is not in use yet, and the others.
    pub async fn remove_older<P: Projection>(&self) -> Result<Vec<u32>, ReadModelError> {
        self.find::<P>()?.remove_older().await
    }

    /// Ends the projections after what they are just writing. They go on from there when they are
    /// run again.
    pub async fn stop(self) {
        for one in &self.all {
            one.stop().await;
        }
    }

    fn find<P: Projection>(&self) -> Result<&Arc<Supervised>, ReadModelError> {
        let table = Table::of::<P>();
        let found = self
            .all
            .iter()
            .find(|one| one.model().tables.contains(&table));
        found.ok_or_else(|| {
            let message = format!("{table} is not run here; ask whoever runs it");
            ReadModelError::unsupported(message)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for one in &self.all {
            one.abort();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.status()).finish()
    }
}
