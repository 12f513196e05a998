//! Processing batches of events.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::{ParkedKeys, ProjectionError};
use crate::bus::EventBatch;
use crate::future::BoxFuture;
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Generation, Model, Parking, ReadModelStore, RowWrite, WriteError,
};
use crate::store::Query;

/// Processes events in batches, and returns what is to be stored for each batch. A
/// [`Pipeline`](super::Pipeline) is made of one. The runner has those of projections and of reactors;
/// a backend implements others, for handlers with tables of their own.
///
/// [Example](crate::runner#example).
pub trait BatchProcessor: Send + 'static {
    /// The model that it writes.
    fn model(&self) -> Model;

    /// The query for its events.
    fn query(&self) -> Query;

    /// Returns the changes by a batch. The changes by the batch before may not be written yet; the
    /// processor has them in memory.
    ///
    /// An event that fails parks its key: [`Parking::Failed`]. Later events of this key, and all
    /// events of `parked` keys, wait: [`Parking::Queued`]. The result has each of them once for a key,
    /// in the order of the events.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`].
    fn process<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        parked: &'a ParkedKeys,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>>;

    /// Returns the changes by the first events that wait behind a parked key, for this key alone:
    /// [`Parking::Done`] for those before one that fails, and [`Parking::Failed`] for this one.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`]; `Unsupported` if the processor never parks a key.
    fn retry<'a>(
        &'a mut self,
        retry: RetryRequest<'a>,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        let _ = (retry, generation, models);
        let message = format!("{} parks no keys", self.model());
        let error = WriteError::unsupported(message).into();
        Box::pin(std::future::ready(Err(error)))
    }

    /// Returns the changes that [`process`](Self::process) has deferred since the last write, so that a
    /// row which changes with every batch is written once for many of them. The runner calls it before
    /// each write, so that rows and checkpoint are written together.
    ///
    /// # Errors
    ///
    /// See [`ProjectionError`].
    fn collect_deferred<'a>(
        &'a mut self,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        let _ = (generation, models);
        Box::pin(std::future::ready(Ok(BatchResult::default())))
    }

    /// Whether it has side effects, such as mail that was sent. Then it gets the events of one commit
    /// at a time, and the checkpoint behind them is stored before it gets those of the next commit.
    fn has_effects(&self) -> bool {
        false
    }

    /// Sets the checkpoint of the model before the first batch, and after a restart. A processor that
    /// [has effects](Self::has_effects) gets it before each batch, and counts there how often it has begun
    /// with the batch, by [`begin_batch`](ReadModelStore::begin_batch).
    fn resume_from(&mut self, checkpoint: Checkpoint) {
        let _ = checkpoint;
    }

    /// Whether a new model begins at the head of the log, and not with the first event.
    fn starts_at_head(&self) -> bool {
        false
    }

    /// The duration of the longest call of a user's code on the writing thread; see
    /// [`Status::longest_call`](crate::Status::longest_call).
    fn longest_call(&self) -> Option<Duration> {
        None
    }

    /// Whether the rows that it keeps in memory are so many that the runner should
    /// [clear](Self::clear) it after the next write.
    fn is_full(&self) -> bool {
        false
    }

    /// Drops the rows in memory: all of them are written, or their events are processed again.
    fn clear(&mut self) {}
}

/// A retry of events that wait behind a parked key.
///
/// ```
/// use eventsource_core::bus::EventBatch;
/// use eventsource_core::read_model::{Generation, Model, ModelId, Parking, SelectParked};
/// use eventsource_core::runner::{
///     BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RetryRequest,
/// };
/// use eventsource_core::store::BoxFuture;
/// # use eventsource_core::store::{Commit, NewEvent};
/// # use eventsource_core::uuid::Uuid;
/// # use eventsource_core::{Codec, StreamId, StreamStore};
/// use eventsource_core::{Key, MemoryReadModels, MemoryStore, Query, ReadModelStore, Runner};
///
/// /// Prints each event. Its printer works from the second attempt on.
/// struct Printer;
///
/// impl BatchProcessor for Printer {
///     fn model(&self) -> Model {
///         Model::reactor("printer")
///     }
///
///     fn query(&self) -> Query {
///         Query::all()
///     }
///
///     fn process<'a>(
///         &'a mut self,
///         batch: &'a EventBatch,
///         _: &'a ParkedKeys,
///         _: Generation,
///         _: &'a dyn ReadModelStore,
///     ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
///         let mut result = BatchResult::default();
///         result.parking.extend(batch.events().map(|event| {
///             Parking::failed(Key::of("printer"), event.position, "it is out of paper")
///         }));
///         Box::pin(async move { Ok(result) })
///     }
///
///     fn retry<'a>(
///         &'a mut self,
///         RetryRequest { key, batch, attempt, .. }: RetryRequest<'a>,
///         _: Generation,
///         _: &'a dyn ReadModelStore,
///     ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
///         assert_eq!(attempt, 2);
///         let mut result = BatchResult::default();
///         result.parking.push(Parking::done(key.clone(), batch.through().position()));
///         Box::pin(async move { Ok(result) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
/// # let cart = StreamId::new("cart", Uuid::now_v7());
/// # let opened = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// # store.append(Commit::new(Uuid::now_v7(), vec![opened])).await?;
/// let parked = async || {
///     let select = SelectParked::After { after: None, limit: 10 };
///     let parked = models.parked(ModelId::reactor("printer"), Generation::Serving, select);
///     Ok::<_, eventsource_core::ReadModelError>(parked.await?.1.len())
/// };
/// let runner = Runner::new(store, models.clone()).run(Pipeline::new(|| Printer));
/// runner.catch_up().await?;
/// assert_eq!(parked().await?, 1);
///
/// // A program that starts retries the parked keys.
/// runner.catch_up().await?;
/// assert_eq!(parked().await?, 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryRequest<'a> {
    /// The key.
    pub key: &'a Key,
    /// The first events that wait behind it, at least one.
    pub batch: &'a EventBatch,
    /// The number of attempts at the first of them, including this one.
    pub attempt: u32,
}

/// The changes by a batch of events.
///
/// [Example](crate::runner#example).
#[derive(Default)]
#[non_exhaustive]
pub struct BatchResult {
    /// The rows that changed, each once.
    pub rows: Vec<RowWrite>,
    /// The changes of parked keys, in order.
    pub parking: Vec<Parking>,
    /// See [`Write::also`](crate::read_model::Write::also).
    pub also: Option<Box<dyn Any + Send>>,
    /// Whether the batches after the checkpoint have to be processed again, since an event failed on
    /// deferred changes.
    pub(super) restarts: bool,
}

impl BatchResult {
    /// Changes of these rows.
    #[must_use]
    pub fn with_rows(rows: Vec<RowWrite>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Changes by a handler of the backend, which it makes in the transaction of the write.
    #[must_use]
    pub fn with_also(also: impl Any + Send) -> Self {
        Self {
            also: Some(Box::new(also)),
            ..Self::default()
        }
    }

    /// No changes: the batches after the checkpoint have to be processed again.
    pub(super) fn restart() -> Self {
        Self {
            restarts: true,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.parking.is_empty() && self.also.is_none()
    }
}

/// Shows the number of rows, and no data.
impl fmt::Debug for BatchResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResult")
            .field("rows", &self.rows.len())
            .field("parking", &self.parking.len())
            .finish_non_exhaustive()
    }
}
