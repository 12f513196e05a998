//! What a runner runs.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ParkedKeys;
use crate::bus::EventBatch;
use crate::event::UndecodableEvent;
use crate::future::BoxFuture;
use crate::projection::{BoxError, Key};
use crate::read_model::{
    Checkpoint, Generation, Model, Parking, ReadModelError, ReadModelStore, RowWrite,
};
use crate::store::{ErrorClass, Query, ReadError};
use crate::values::Position;

/// Something that takes events in batches and says what is to be stored for each batch: what a
/// [`Pipeline`] is made of. Projections are one already; backends write others, for handlers that
/// keep tables of their own.
pub trait BatchProcessor: Send + 'static {
    /// What it keeps.
    fn model(&self) -> Model;

    /// Which events it wants.
    fn query(&self) -> Query;

    /// Says what the events change. The changes of the batch before may still be on their way; it
    /// has them in memory.
    ///
    /// An event that fails parks its key: [`Parking::Failed`]. The events behind it of the same key,
    /// and all events of keys that are parked already, wait: [`Parking::Queued`]. Each of them is told
    /// once for a key, in the order of the events.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`].
    fn take<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        parked: &'a ParkedKeys,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>>;

    /// Says what the first events that wait behind a parked key change, for this key alone:
    /// [`Parking::Done`] for those before one that fails, and [`Parking::Failed`] for this one.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`]; `Unsupported` where no key is ever parked.
    fn retry<'a>(
        &'a mut self,
        retry: RetryRequest<'a>,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        let _ = (retry, generation, models);
        let message = format!("{} parks no keys", self.model());
        let error = ReadModelError::unsupported(message).into();
        Box::pin(std::future::ready(Err(error)))
    }

    /// Says what the batches have changed that were [taken](Self::take) since the last write, where
    /// that was held back: a row that changes with every batch is written once for many of them. It is
    /// asked for before each write, so that rows and checkpoint are written together.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`].
    fn unwritten<'a>(
        &'a mut self,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        let _ = (generation, models);
        Box::pin(std::future::ready(Ok(BatchResult::default())))
    }

    /// Whether what it does cannot be undone, such as mail that was sent. Then it gets the events of
    /// one commit at a time, and it is stored that it took them before it gets those of the next.
    fn has_effects(&self) -> bool {
        false
    }

    /// Says where the model stands before the first batch is [taken](Self::take); to work that
    /// [has effects](Self::has_effects) before each batch: there it counts how often it begins with the
    /// batch, by [`begin_batch`](ReadModelStore::begin_batch).
    fn stand_at(&mut self, checkpoint: Checkpoint) {
        let _ = checkpoint;
    }

    /// Whether it begins with what happens after it was started for the first time, and not with the
    /// first event.
    fn begins_now(&self) -> bool {
        false
    }

    /// How long the longest call of a user's code kept the thread that writes, if that was too long:
    /// see [`Status::longest_call`](crate::Status::longest_call).
    fn longest_call(&self) -> Option<Duration> {
        None
    }

    /// Whether it keeps so much in memory of what was written that it should be
    /// [cleared](Self::clear).
    fn is_full(&self) -> bool {
        false
    }

    /// Forgets what it keeps in memory: all of it is written, or its events are taken again.
    fn clear(&mut self) {}
}

/// Events that wait behind a parked key, to be tried again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryRequest<'a> {
    /// The key.
    pub key: &'a Key,
    /// The first events that wait behind it; at least one.
    pub batch: &'a EventBatch,
    /// How often the first of them was tried, this time included.
    pub attempt: u32,
}

/// What a batch of events changes.
#[derive(Default)]
#[non_exhaustive]
pub struct BatchResult {
    /// The rows that changed, each once.
    pub rows: Vec<RowWrite>,
    /// What becomes of parked keys, in order.
    pub parking: Vec<Parking>,
    /// See [`Write::also`](crate::read_model::Write::also).
    pub also: Option<Box<dyn Any + Send>>,
    /// Whether the batches after the checkpoint are to be taken again, since one of their events
    /// failed behind changes that are not written.
    pub(super) again: bool,
}

impl BatchResult {
    /// These rows change.
    #[must_use]
    pub fn rows(rows: Vec<RowWrite>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// A handler of a backend's own kind has something to do in the transaction.
    #[must_use]
    pub fn also(also: impl Any + Send) -> Self {
        Self {
            also: Some(Box::new(also)),
            ..Self::default()
        }
    }

    /// Nothing changes, and the batches after the checkpoint are taken again.
    pub(super) fn again() -> Self {
        Self {
            again: true,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.parking.is_empty() && self.also.is_none()
    }
}

/// How many rows, but nothing of them.
impl fmt::Debug for BatchResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("rows", &self.rows.len())
            .field("parking", &self.parking.len())
            .finish_non_exhaustive()
    }
}

/// A projection to be run, with those that follow it.
///
/// ```
/// use eventsource_core::{
///     Follow, Key, MemoryReadModels, MemoryStore, Project, Projection, Recorded, RowChange,
///     Runner,
/// };
/// use eventsource_core::runner::Pipeline;
/// # use eventsource_core::event;
/// # use serde::{Deserialize, Serialize};
/// # #[event] pub struct ItemAdded { sku: String }
///
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
/// struct Demand {
///     added: i64,
/// }
///
/// /// How many products were added how often.
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "popularity", version = 1, follows = Demand, keys = Self::counts)]
/// struct Popularity {
///     products: i64,
/// }
///
/// impl Popularity {
///     fn counts(change: &RowChange<Demand>) -> Vec<i64> {
///         let rows = [change.before(), change.after()];
///         rows.into_iter().flatten().map(|demand| demand.added).collect()
///     }
/// }
///
/// impl Follow<Demand> for Popularity {
///     fn follow(&mut self, key: &Key, change: &RowChange<Demand>) {
///         let is_here = |demand: &Demand| key.integer(0) == Some(demand.added);
///         self.products += i64::from(change.after().is_some_and(is_here));
///         self.products -= i64::from(change.before().is_some_and(is_here));
///     }
/// }
/// # impl Project<ItemAdded> for Demand {
/// #     fn project(&mut self, _: &Recorded<ItemAdded>) { self.added += 1; }
/// # }
///
/// let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new())
///     .run(Pipeline::of::<Demand>().followed_by::<Popularity>());
/// # let _ = runner;
/// ```
#[derive(Clone)]
pub struct Pipeline {
    make: Arc<dyn Fn() -> Box<dyn BatchProcessor> + Send + Sync>,
}

impl Pipeline {
    /// Runs what `make` makes: one for the model in use, another one while it is rebuilt.
    pub fn new<W: BatchProcessor>(make: impl Fn() -> W + Send + Sync + 'static) -> Self {
        let make = move || -> Box<dyn BatchProcessor> { Box::new(make()) };
        Self {
            make: Arc::new(make),
        }
    }

    pub(super) fn work(&self) -> Box<dyn BatchProcessor> {
        (self.make)()
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pipeline")
            .field(&self.work().model())
            .finish()
    }
}

/// Why a projection could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// An event could not be read.
    #[error(transparent)]
    Undecodable(#[from] Box<UndecodableEvent>),
    /// The projection returned an error.
    #[error("a row of `{table}` failed at position {position}")]
    Failed {
        /// The name of the projection.
        table: String,
        /// The position of the event.
        position: Position,
        /// The key of the row, which the text leaves out: keys can be people's data.
        key: Key,
        /// What it returned.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A reactor that is to stop then failed, or panicked.
    #[error("the reactor `{reactor}` failed at position {position}")]
    Reaction {
        /// The name of the reactor.
        reactor: String,
        /// The position of the event.
        position: Position,
        /// What it returned.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The projection panicked.
    #[error("panicked after position {after}: {message}")]
    Panicked {
        /// The last position that was taken before.
        after: Position,
        /// What the panic said.
        message: String,
    },
    /// A row cannot be written as JSON.
    #[error("a row of `{table}` cannot be written: {message}")]
    Unwritable {
        /// The name of the projection.
        table: String,
        /// The key of the row, which the text leaves out.
        key: Key,
        /// Why.
        message: String,
    },
    /// So many keys are parked that it is not the events.
    #[error(
        "more than {most} keys of {model} are parked, the last one at position {position}: {reason}; it or what it calls is at fault, and not the events: mend that, and run it again"
    )]
    TooManyParked {
        /// The name and version of the model.
        model: String,
        /// So many may be parked.
        most: usize,
        /// The position of the event that failed last.
        position: Position,
        /// What it failed with.
        reason: String,
    },
    /// Rows or checkpoint could not be read or written.
    #[error(transparent)]
    Models(#[from] ReadModelError),
    /// The events could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ProjectionError {
    pub(super) fn failed(table: &str, position: Position, key: &Key, source: BoxError) -> Self {
        Self::Failed {
            table: table.to_owned(),
            position,
            key: key.clone(),
            source,
        }
    }

    pub(super) fn reaction(reactor: &str, position: Position, source: BoxError) -> Self {
        Self::Reaction {
            reactor: reactor.to_owned(),
            position,
            source,
        }
    }

    /// What a caller can do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Models(error) => error.class(),
            Self::Read(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }
}
