//! A runner that was started.

use std::fmt;
use std::sync::Arc;

use super::liveness::Liveness;
use super::{Health, ProjectionError, ProjectionTask, RunnerConfig, Status, watchdog};
use crate::future::BoxFuture;
use crate::projection::{Projection, Rebuild};
use crate::read_model::{MaintainError, Table};
use crate::store::HeadWatch;
use crate::values::Lane;
use crate::values::environment::{self, TaskHandle};

/// The projections and reactors of a [`Runner`](crate::Runner) that was started. They stop when this is
/// dropped.
///
/// [Example](crate::runner#example).
pub struct Running {
    tasks: Vec<Arc<ProjectionTask>>,
    head: HeadWatch,
    watchdog: TaskHandle,
    liveness: Liveness,
}

impl Running {
    pub(super) fn new(tasks: Vec<Arc<ProjectionTask>>, config: &RunnerConfig) -> Self {
        let head = config.bus.log().watch();
        let environment = Arc::clone(&config.environment);
        let liveness = Liveness::new(Arc::clone(&environment));
        let watching = watchdog::watch(tasks.clone(), head.clone(), environment, liveness.clone());
        // In the lane of the projections, so that code which blocks them also blocks the watchdog.
        let watchdog = environment::spawn(&*config.environment, Lane::Work, watching);
        Self {
            tasks,
            head,
            watchdog: watchdog.handle().clone(),
            liveness,
        }
    }

    /// The status of each projection, in the order in which they were added.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let head = self.head.head();
        let status = |task: &Arc<ProjectionTask>| {
            let mut status = task.status();
            status.head = head.later(status.position);
            status
        };
        self.tasks.iter().map(status).collect()
    }

    /// The most urgent problem of all projections, or that there is none. It can be called from any
    /// thread, and also notices that nothing polls the projections any more.
    #[must_use]
    pub fn health(&self) -> Health {
        let health = self.liveness.health(&self.watchdog);
        let each = self.status().into_iter().map(|status| status.health());
        let health = each.fold(health, Health::or_worse);
        let each = self.tasks.iter().map(|task| task.task_health());
        each.fold(health, Health::or_worse)
    }

    /// Builds the model of `P` anew from the first event on, beside the rows that readers read, and then
    /// replaces these. Projections that follow `P` are built with it. If the future is dropped early,
    /// the rebuild goes on. This runner follows the model from then on, even if it was a standby.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`]; `Unsupported` if `P` is not run here. The old rows stay, and the
    /// projection goes on.
    #[must_use = "it is rebuilt when this is awaited"]
    pub fn rebuild<P: Rebuild>(&self) -> BoxFuture<'_, Result<(), ProjectionError>> {
        // In an `async fn`, the compiler would report three times that `P` cannot be rebuilt.
        let found = self.find::<P>();
        Box::pin(async move { found?.rebuild().await })
    }

    /// Removes all versions of the model of `P` that are older than this one, with their rows.
    ///
    /// # Errors
    ///
    /// [`MaintainError::Rebuilding`] while this version does not serve yet, [`MaintainError::NotFound`],
    /// [`MaintainError::Inline`], [`MaintainError::Names`], `Unsupported` if `P` is not run here, or that the
    /// store failed.
    pub async fn remove_older<P: Projection>(&self) -> Result<Vec<u32>, MaintainError> {
        self.find::<P>()?.remove_older().await
    }

    /// Stops the projections after their current writes, and releases their leases, so that a standby
    /// takes over at once. If this is dropped instead, the same happens in the background.
    pub async fn stop(&self) {
        for task in &self.tasks {
            task.stop().await;
        }
    }

    fn find<P: Projection>(&self) -> Result<&Arc<ProjectionTask>, MaintainError> {
        let table = Table::of::<P>();
        let found = self
            .tasks
            .iter()
            .find(|task| task.model().tables.contains(&table));
        found.ok_or_else(|| {
            let message = format!("{table} is not run here; ask the runner that runs it");
            MaintainError::unsupported(message)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.watchdog.abort();
        for task in &self.tasks {
            task.stop_in_background();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.status()).finish()
    }
}
