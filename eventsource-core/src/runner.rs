//! Keeping read models up to date.

mod buffer;
mod contained;
mod cursor;
mod failure;
mod fold;
mod follower;
mod held;
mod parked;
mod running;
mod status;
mod supervised;
mod turns;
mod work;

use std::fmt;
use std::sync::Arc;

use crate::{EventBus, EventProjection, EventStore, LocalBus, Place, ReadModelStore};
use cursor::{Cursor, PAGE};
pub use fold::PipelineOf;
pub(crate) use held::decode;
pub use parked::ParkedKeys;
pub use running::Running;
pub use status::Status;
use supervised::Supervised;
pub use work::{Changes, Pipeline, ProjectionError, Retry, Work};

#[doc = include_str!("runner.md")]
pub struct Runner {
    bus: Arc<dyn EventBus>,
    models: Arc<dyn ReadModelStore>,
    pipelines: Vec<Pipeline>,
    page: usize,
}

impl Runner {
    /// Takes events from one store, and keeps rows in a store of read models, which may be the
    /// same one.
    pub fn new(events: impl EventStore, models: impl ReadModelStore) -> Self {
        Self::on_bus(LocalBus::new(events), models)
    }

    /// Takes events from a bus that others listen to as well.
    pub fn on_bus(bus: impl EventBus, models: impl ReadModelStore) -> Self {
        Self {
            bus: Arc::new(bus),
            models: Arc::new(models),
            pipelines: Vec::new(),
            page: PAGE,
        }
    }

    /// Takes some `page` events at once instead of 2,000 while it is behind: with fewer of them a
    /// projection needs less memory, and more time to catch up.
    #[must_use]
    pub fn in_pages_of(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    /// Runs the projection `P` as well.
    #[must_use]
    pub fn project<P: EventProjection>(self) -> Self {
        self.run(Pipeline::of::<P>())
    }

    /// Runs a projection with those that follow it, or a handler of a backend.
    #[must_use]
    pub fn run(mut self, pipeline: impl Into<Pipeline>) -> Self {
        self.pipelines.push(pipeline.into());
        self
    }

    /// Takes everything up to the head, one projection after the other, and ends: for tests, and
    /// for programs that run now and then. Each parked key is tried once.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`]; projections before the one that failed are at the head.
    pub async fn catch_up(&self) -> Result<(), ProjectionError> {
        for pipeline in &self.pipelines {
            catch_up(pipeline, &self.bus, &self.models, self.page).await?;
        }
        Ok(())
    }

    /// Lets every projection catch up and then follow, each in a task of its own, until it is
    /// [stopped](Running::stop) or what this returns is dropped.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer.
    #[must_use = "the projections end when this is dropped"]
    pub fn start(self) -> Running {
        let Self {
            bus,
            models,
            pipelines,
            page,
        } = self;
        let supervise = |pipeline| {
            let (bus, models) = (Arc::clone(&bus), Arc::clone(&models));
            Arc::new(Supervised::start(pipeline, bus, models, page))
        };
        let all = pipelines.into_iter().map(supervise).collect();
        Running::new(all, &bus)
    }
}

/// Takes everything up to the head, in pages of some `page` events.
pub(crate) async fn catch_up(
    pipeline: &Pipeline,
    bus: &Arc<dyn EventBus>,
    models: &Arc<dyn ReadModelStore>,
    page: usize,
) -> Result<(), ProjectionError> {
    let mut cursor = Cursor::open(pipeline, Place::Main, bus, models, page).await?;
    while !cursor.step().await?.at_head || !cursor.parked().have_failed() {}
    cursor.flush().await
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("pipelines", &self.pipelines)
            .finish_non_exhaustive()
    }
}
