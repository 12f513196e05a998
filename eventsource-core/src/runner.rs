//! Runners of projections and reactors.
//!
//! # Example
//!
//! A [`Runner`] runs several pipelines: a projection, a reactor, and a [`BatchProcessor`] that makes its rows
//! without a derive.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::convert::Infallible;
//!
//! use eventsource_core::bus::EventBatch;
//! use eventsource_core::projection::Rebuild;
//! use eventsource_core::read_model::{Generation, Model, RowWrite, Select, Table};
//! use eventsource_core::runner::{
//!     BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, ProjectionPipeline,
//!     ReactorPipeline,
//! };
//! use eventsource_core::store::BoxFuture;
//! use eventsource_core::{
//!     Health, Id, Key, MemoryReadModels, MemoryStore, Query, ReadModelStore, Repository, Runner,
//!     Running, Status,
//! };
//! # use eventsource_core::{
//! #     Aggregate, Apply, Delivery, Project, Projection, React, Reactor, Recorded, event,
//! # };
//! # use serde::{Deserialize, Serialize};
//! # #[event] pub enum CartEvent { ItemAdded { sku: String } }
//! # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
//! # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "demand", version = 1, key = sku, event = CartEvent(ItemAdded))]
//! # struct Demand { added: u64 }
//! # impl Project<CartEvent> for Demand {
//! #     fn project(&mut self, _: &Recorded<CartEvent>) { self.added += 1; }
//! # }
//! # #[derive(Reactor)] #[reactor(name = "printer", event = CartEvent(ItemAdded))] struct Printer;
//! # impl React<CartEvent> for Printer {
//! #     type Error = Infallible;
//! #     async fn react(&self, _: &Recorded<CartEvent>, _: &Delivery) -> Result<(), Infallible> { Ok(()) }
//! # }
//!
//! /// Keeps the newest position of each category.
//! struct Newest {
//!     table: Table,
//! }
//!
//! impl Newest {
//!     fn new() -> Self {
//!         Self { table: Table::new("newest", 1, &["category"]) }
//!     }
//! }
//!
//! impl BatchProcessor for Newest {
//!     fn model(&self) -> Model {
//!         Model::new("newest", 1, vec![self.table.clone()])
//!     }
//!
//!     fn query(&self) -> Query {
//!         Query::all()
//!     }
//!
//!     fn process<'a>(
//!         &'a mut self,
//!         batch: &'a EventBatch,
//!         _: &'a ParkedKeys,
//!         _: Generation,
//!         _: &'a dyn ReadModelStore,
//!     ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
//!         let events = batch.events();
//!         let newest: BTreeMap<String, u64> = events
//!             .map(|event| (event.stream.category().to_owned(), event.position.offset().get()))
//!             .collect();
//!         let rows = newest.into_iter().map(|(category, position)| {
//!             RowWrite::new(0, Key::of(&category), Some(position.to_string().into()))
//!         });
//!         let result = BatchResult::with_rows(rows.collect());
//!         Box::pin(async move { Ok(result) })
//!     }
//! }
//!
//! /// Rebuilds a projection. A reactor does not fit, since its side effects would happen again.
//! async fn rebuild<P: Rebuild>(running: &Running) -> Result<(), ProjectionError> {
//!     running.rebuild::<P>().await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
//! let carts = Repository::<Cart>::new(store.clone());
//! let tea = CartEvent::ItemAdded { sku: "tea".into() };
//! carts.execute(Id::new(), |_| Ok::<_, Infallible>(tea.clone())).await?;
//!
//! let demand: ProjectionPipeline<Demand> = Pipeline::of::<Demand>();
//! let printer: ReactorPipeline<Printer> = Pipeline::reactor(Printer);
//! let runner = Runner::new(store, models.clone())
//!     .run(demand)
//!     .run(printer)
//!     .run(Pipeline::new(Newest::new));
//! runner.catch_up().await?;
//! let select = Select::Keys(vec![Key::of("cart")]);
//! let rows = models.rows(Newest::new().table, Generation::Serving, select).await?;
//! assert_eq!(&*rows.rows[0].1, "1");
//!
//! let running: Running = runner.start().await?;
//! rebuild::<Demand>(&running).await?;
//! let status: Vec<Status> = running.status();
//! assert_eq!(status.len(), 3);
//! assert!(status.iter().all(|status| status.health() == Health::Healthy));
//! running.stop().await;
//! # Ok(()) }
//! ```

mod batch_steps;
mod catch_up;
mod config;
mod cursor;
mod error;
mod follower;
mod health;
mod heartbeat;
mod lease;
mod lease_guard;
mod liveness;
mod observation;
mod panic;
mod parked;
mod pipeline;
mod pipeline_part;
mod processor;
mod projection;
mod reactor;
mod row_fold;
mod running;
mod status;
mod task;
mod watchdog;
mod write_deferral;

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
pub use error::ProjectionError;
pub use health::Health;
pub use parked::ParkedKeys;
pub use pipeline::Pipeline;
pub use processor::{BatchProcessor, BatchResult, RetryRequest};
pub use projection::ProjectionPipeline;
pub use reactor::ReactorPipeline;
pub use running::Running;
pub use status::Status;
use task::ProjectionTask;

#[doc = include_str!("runner.md")]
#[doc(alias(
    "catch-up subscription",
    "consumer group",
    "event processor",
    "persistent subscription",
    "projection daemon"
))]
pub struct Runner {
    config: RunnerConfig,
    pipelines: Vec<Pipeline>,
}

impl Runner {
    /// A runner that reads events from one log, and writes rows to a store of read models. Both may be
    /// the same store.
    pub fn new(events: impl EventLog, models: impl ReadModelStore) -> Self {
        Self {
            config: RunnerConfig::with_own_bus(LocalBus::new(events), Arc::new(models)),
            pipelines: Vec::new(),
        }
    }

    /// A runner that reads events from a bus, which other runners and subscriptions can share.
    pub fn on_bus(bus: impl EventBus, models: impl ReadModelStore) -> Self {
        Self {
            config: RunnerConfig::new(Arc::new(bus), Arc::new(models)),
            pipelines: Vec::new(),
        }
    }

    /// Sets the number of events in a batch while a projection catches up (default 2,000). Smaller batches
    /// need less memory, and more time.
    #[must_use]
    pub fn in_pages_of(mut self, page: usize) -> Self {
        self.config.page = page;
        self
    }

    /// Sets the lease time to live (default 5 s): how long a standby waits without a heartbeat before it
    /// takes over. It should be longer than any time for which the whole process is suspended; otherwise
    /// another runner takes over, which is safe but takes time. Each projection renews its lease four
    /// times within the time to live, by a small write that nothing waits for. Heartbeats run in a
    /// [lane](crate::values::Lane::Heartbeat) of their own, so that code which blocks its runtime does not
    /// lose the lease.
    #[must_use]
    pub fn lease(mut self, ttl: Duration) -> Self {
        self.config.ttl = ttl;
        self
    }

    /// Sets the environment: the source of the runner's ids, tasks, clock, and of the time at which a
    /// parked key is retried, which is only shown. A bus that was given to [`on_bus`](Self::on_bus) keeps
    /// its own environment.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Environment) -> Self {
        self.config.set_environment(Arc::new(environment));
        self
    }

    /// Adds the projection `P`.
    #[must_use]
    pub fn project<P: EventProjection>(self) -> Self {
        self.run(Pipeline::of::<P>())
    }

    /// Adds a reactor. Its first start begins at the head of the log, and later ones at its checkpoint.
    /// See [`Pipeline::reactor`].
    #[must_use]
    pub fn react<R: Reactor>(self, reactor: R) -> Self {
        self.run(Pipeline::reactor(reactor))
    }

    /// Adds a projection with those that follow it, or a handler of a backend.
    #[must_use]
    pub fn run(mut self, pipeline: impl Into<Pipeline>) -> Self {
        self.pipelines.push(pipeline.into());
        self
    }

    /// Runs every projection up to the current head and returns: for tests, and for programs that run
    /// periodically. The projections run one after the other, and each parked key is retried once. If a
    /// previous runner crashed without releasing its lease, waits for it to expire.
    ///
    /// # Errors
    ///
    /// [`ProjectionError::Held`] if another living runner has the lease, and
    /// the others of [`ProjectionError`]. The projections before the one that failed are at the head.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer.
    pub async fn catch_up(&self) -> Result<(), ProjectionError> {
        for pipeline in &self.pipelines {
            // On the heap, since this large future would be a part of each caller's future.
            Box::pin(catch_up(pipeline, &self.config)).await?;
        }
        Ok(())
    }

    /// Starts a task for each projection, which catches up and then follows the head, until it is
    /// [stopped](Running::stop) or the [`Running`] is dropped. While another runner has the lease of a
    /// projection, its task is a standby.
    ///
    /// At the head, a projection processes an event at once, and then gathers further ones for a short
    /// time: 0.1 ms for each other projection of the runner, at most 2 ms.
    ///
    /// A reactor that is started for the first time receives all events that are appended after this
    /// method has returned, even if this process ends before they are delivered: the store of read models
    /// has the reactor's checkpoint by then.
    ///
    /// The tasks run on the tokio runtime of the caller. Without a runtime, they share one thread of the
    /// process.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the head of the log cannot be read, or the store of read models cannot be reached
    /// for a reactor. Nothing is started then.
    ///
    /// # Panics
    ///
    /// In a tokio runtime without a timer.
    #[must_use = "the projections stop when this is dropped"]
    pub async fn start(self) -> Result<Running, ReadError> {
        let Self {
            mut config,
            pipelines,
        } = self;
        warn_about_duplicates(&pipelines);
        config.gather_for(pipelines.len());
        let head = config.bus.log().head().await?;
        let mut tasks = Vec::with_capacity(pipelines.len());
        for pipeline in pipelines {
            tasks.push(ProjectionTask::new(pipeline, config.clone(), head).await?);
        }
        let tasks = tasks.into_iter().map(ProjectionTask::start).collect();
        Ok(Running::new(tasks, &config))
    }
}

/// Warns about a model that is added twice: within one process a standby is hardly intended.
fn warn_about_duplicates(pipelines: &[Pipeline]) {
    let models: Vec<_> = pipelines.iter().map(|it| it.processor().model()).collect();
    for (index, model) in models.iter().enumerate() {
        let is_same = |it: &Model| it.id == model.id;
        if models[..index].iter().any(is_same) {
            tracing::warn!(projection = %model, "it was added twice: one is a standby for the other");
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
