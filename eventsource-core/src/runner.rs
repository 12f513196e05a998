//! Keeping read models up to date.

mod batch_steps;
mod buffer;
mod catch_up;
mod config;
mod cursor;
mod failure;
mod follower;
mod health;
mod heartbeat;
mod holding;
mod lease;
mod lease_guard;
mod observation;
mod panic;
mod parked;
mod pipeline_part;
mod projection;
mod pulse;
mod reactor;
mod row_state;
mod running;
mod status;
mod task;
mod watchdog;
mod work;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::bus::{EventBus, LocalBus};
use crate::projection::EventProjection;
use crate::reactor::Reactor;
use crate::read_model::{Model, ReadModelStore};
use crate::store::{EventLog, ReadError};
use crate::values::Environment;
use catch_up::catch_up;
use config::RunnerConfig;
use cursor::Cursor;
pub use health::Health;
pub use parked::ParkedKeys;
pub use projection::ProjectionPipeline;
pub use reactor::ReactorPipeline;
pub use running::Running;
pub use status::Status;
use task::{Prepared, ProjectionTask};
pub use work::{BatchProcessor, BatchResult, Pipeline, ProjectionError, RetryRequest};

#[doc = include_str!("runner.md")]
pub struct Runner {
    config: RunnerConfig,
    pipelines: Vec<Pipeline>,
}

impl Runner {
    /// Takes events from one log, and keeps rows in a store of read models, which may be the
    /// same one.
    pub fn new(events: impl EventLog, models: impl ReadModelStore) -> Self {
        Self {
            config: RunnerConfig::with_own_bus(LocalBus::new(events), Arc::new(models)),
            pipelines: Vec::new(),
        }
    }

    /// Takes events from a bus that others listen to as well.
    pub fn on_bus(bus: impl EventBus, models: impl ReadModelStore) -> Self {
        Self {
            config: RunnerConfig::new(Arc::new(bus), Arc::new(models)),
            pipelines: Vec::new(),
        }
    }

    /// Takes some `page` events at once instead of 2,000 while it is behind: with fewer of them a
    /// projection needs less memory, and more time to catch up.
    #[must_use]
    pub fn in_pages_of(mut self, page: usize) -> Self {
        self.config.page = page;
        self
    }

    /// Lets others wait for `ttl` instead of 5 seconds when this one is gone without a word. It has
    /// to last longer than any pause in which the whole process is suspended; if it does not,
    /// another one takes over, which does no harm but takes time. Code that blocks its runtime costs
    /// no lease: it is renewed in a [lane](crate::values::Lane::Heartbeat) of its own, as long as the
    /// process is alive and has not dropped what [`start`](Self::start) returned. It costs a small
    /// write per projection every quarter of it, which nobody waits for.
    #[must_use]
    pub fn lease(mut self, ttl: Duration) -> Self {
        self.config.ttl = ttl;
        self
    }

    /// Takes from `environment` the ids under which projections are run, their tasks with the clock
    /// by which these wait, and the time that is noted where a key is parked. Nothing is decided by
    /// that time. A bus that was given to [`on_bus`](Self::on_bus) keeps its own environment.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Environment) -> Self {
        self.config.set_environment(Arc::new(environment));
        self
    }

    /// Runs the projection `P` as well.
    #[must_use]
    pub fn project<P: EventProjection>(self) -> Self {
        self.run(Pipeline::of::<P>())
    }

    /// Runs a reactor as well: from now on, when it is started for the first time, and after that
    /// from where it was. See [`Pipeline::reactor`].
    #[must_use]
    pub fn react<R: Reactor>(self, reactor: R) -> Self {
        self.run(Pipeline::reactor(reactor))
    }

    /// Runs a projection with those that follow it, or a handler of a backend.
    #[must_use]
    pub fn run(mut self, pipeline: impl Into<Pipeline>) -> Self {
        self.pipelines.push(pipeline.into());
        self
    }

    /// Takes everything up to the head, one projection after the other, and ends: for tests, and
    /// for programs that run now and then. Each parked key is tried once. Where a runner was there
    /// that was killed, it waits for its lease.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::Held`](crate::ReadModelError::Held) where another runner is alive that
    /// follows, and see [`ProjectionError`]; projections before the one that failed are at the head.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer.
    pub async fn catch_up(&self) -> Result<(), ProjectionError> {
        for pipeline in &self.pipelines {
            // On the heap: it is large, and would be a part of each caller's future.
            Box::pin(catch_up(pipeline, &self.config)).await?;
        }
        Ok(())
    }

    /// Lets every projection catch up and then follow, each in a task of its own, until it is
    /// [stopped](Running::stop) or what this returns is dropped. One that another runner follows
    /// stands by: also where it is twice in this one.
    ///
    /// A projection that follows the head takes an event at once, and then gathers those of the next
    /// moments: for 0.1 ms for each other projection of the runner, and 2 ms at most.
    ///
    /// A reactor that is started for the first time receives the events that are appended after
    /// this has returned, also if this process ends before it follows: the store of read models knows
    /// by then where it begins.
    ///
    /// The tasks run on the tokio runtime of the caller, or, where there is none, on one thread of
    /// the process that they share.
    ///
    /// # Errors
    ///
    /// [`ReadError`], where the head of the log cannot be read, or the store of read models cannot be
    /// reached for a reactor. Nothing runs then.
    ///
    /// # Panics
    ///
    /// In a tokio runtime without a timer.
    #[must_use = "the projections end when this is dropped"]
    pub async fn start(self) -> Result<Running, ReadError> {
        let Self {
            mut config,
            pipelines,
        } = self;
        warn_of_namesakes(&pipelines);
        config.gather_for(pipelines.len());
        let now = config.bus.log().head().await?;
        let mut prepared = Vec::with_capacity(pipelines.len());
        for pipeline in pipelines {
            prepared.push(Prepared::new(pipeline, config.clone(), now).await?);
        }
        let supervise = |prepared| Arc::new(ProjectionTask::start(prepared));
        let all = prepared.into_iter().map(supervise).collect();
        Ok(Running::new(all, &config))
    }
}

/// The second one stands by for the first one, which in one process is hardly meant.
fn warn_of_namesakes(pipelines: &[Pipeline]) {
    let models: Vec<_> = pipelines.iter().map(|one| one.work().model()).collect();
    for (index, model) in models.iter().enumerate() {
        let is_named_so = |it: &Model| (&it.name, it.version) == (&model.name, model.version);
        if models[..index].iter().any(is_named_so) {
            tracing::warn!(projection = %model, "it is run twice here: one stands by for the other");
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("pipelines", &self.pipelines)
            .finish_non_exhaustive()
    }
}
