//! Projections that are run.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::pulse::Pulse;
use super::{Health, ProjectionError, ProjectionTask, RunnerConfig, Status, watchdog};
use crate::future::BoxFuture;
use crate::projection::{Projection, Rebuild};
use crate::read_model::{ReadModelError, Table};
use crate::values::environment::{self, TaskHandle};
use crate::values::{Lane, Position};

/// Projections that are run until this is dropped: see [`Runner`](crate::Runner).
pub struct Running {
    all: Vec<Arc<ProjectionTask>>,
    head: watch::Receiver<Position>,
    watchdog: TaskHandle,
    pulse: Pulse,
}

impl Running {
    pub(super) fn new(all: Vec<Arc<ProjectionTask>>, config: &RunnerConfig) -> Self {
        let head = config.bus.log().watch();
        let environment = Arc::clone(&config.environment);
        let pulse = Pulse::new(Arc::clone(&environment));
        let watching = watchdog::watch(all.clone(), head.clone(), environment, pulse.clone());
        // Beside the projections, so that it is held up by what holds them up.
        let watchdog = environment::spawn(&*config.environment, Lane::Work, watching);
        Self {
            all,
            head,
            watchdog: watchdog.handle().clone(),
            pulse,
        }
    }

    /// How each projection is doing, in the order in which they were added.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let head = *self.head.borrow();
        let status = |one: &Arc<ProjectionTask>| {
            let mut status = one.status();
            status.head = head.later(status.position);
            status
        };
        self.all.iter().map(status).collect()
    }

    /// Whether somebody has to look after one of them: the most urgent of what there is to say. It
    /// can be asked from any thread, and tells as well that nothing polls the projections any more.
    #[must_use]
    pub fn health(&self) -> Health {
        let health = self.pulse.health(&self.watchdog);
        let each = self.status().into_iter().map(|status| status.health());
        let health = each.fold(health, Health::or_worse);
        let each = self.all.iter().map(|one| one.health_of_task());
        each.fold(health, Health::or_worse)
    }

    /// Builds the model of `P` anew from the first event on, beside the one that is read, and puts
    /// it in its place when it is there. Projections that follow `P` are built with it. If this is
    /// dropped before it answers, the rebuild goes on. Whoever rebuilds a model follows it from then
    /// on, also where it stood by.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`] if `P` is not run here, and the others of [`ProjectionError`]; the
    /// old model stays, and its projection goes on.
    #[must_use = "it is rebuilt when this is awaited"]
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

    /// Ends the projections after what they are just writing, and gives their leases up, so that
    /// whoever stands by goes on from there at once. Where this is dropped instead, that is done
    /// behind it.
    pub async fn stop(&self) {
        for one in &self.all {
            one.stop().await;
        }
    }

    fn find<P: Projection>(&self) -> Result<&Arc<ProjectionTask>, ReadModelError> {
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
        self.watchdog.abort();
        for one in &self.all {
            one.drop_behind();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.status()).finish()
    }
}
