//! Reactors in a pipeline.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::panic::catch_user_panic;
use super::projection::query_of;
use super::{BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RetryRequest};
use crate::bus::EventBatch;
use crate::event::UndecodableEvent;
use crate::future::BoxFuture;
use crate::projection::{BoxError, Key};
use crate::reactor::{Deliveries, ErasedDelivery, Reactor};
use crate::read_model::{
    Checkpoint, Generation, Model, ModelId, Parking, ReadModelStore, WriteError, Writer,
};
use crate::store::Query;
use crate::values::Position;
use crate::values::error_text::with_causes;

impl Pipeline {
    /// Runs a reactor on events from now on: the first start of a runner with a reactor of this name
    /// stores the head of the log, and no event after it is missed.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use eventsource_core::{
    /// #     Delivery, MemoryReadModels, MemoryStore, React, Reactor, Recorded, Runner, event,
    /// # };
    /// # use eventsource_core::runner::Pipeline;
    /// # #[event] struct Registered { email: String }
    /// #[derive(Reactor)]
    /// #[reactor(name = "welcome", events(Registered))]
    /// struct Welcome;
    ///
    /// impl React<Registered> for Welcome {
    ///     type Error = Infallible;
    ///
    ///     async fn react(&self, recorded: &Recorded<Registered>, _: &Delivery) -> Result<(), Infallible> {
    ///         println!("welcome, {}", recorded.event.email);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// // Customers who registered earlier are welcome, too:
    /// let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new())
    ///     .run(Pipeline::reactor(Welcome).from_start());
    /// # let _ = runner;
    /// ```
    #[must_use]
    pub fn reactor<R: Reactor>(reactor: R) -> ReactorPipeline<R> {
        ReactorPipeline {
            reactor: Arc::new(reactor),
            from_start: false,
        }
    }
}

/// A reactor and where it begins. It becomes a [`Pipeline`].
///
/// [Example](crate::runner#example).
pub struct ReactorPipeline<R> {
    reactor: Arc<R>,
    from_start: bool,
}

impl<R: Reactor> ReactorPipeline<R> {
    /// Begins at the first event when it is started for the first time, and not at the head.
    #[must_use]
    pub fn from_start(self) -> Self {
        Self {
            from_start: true,
            ..self
        }
    }
}

impl<R: Reactor> From<ReactorPipeline<R>> for Pipeline {
    fn from(pipeline: ReactorPipeline<R>) -> Self {
        Self::new(move || ReactorProcessor {
            reactor: Arc::clone(&pipeline.reactor),
            from_start: pipeline.from_start,
            checkpoint: Checkpoint::default(),
        })
    }
}

impl<R: Reactor> fmt::Debug for ReactorPipeline<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReactorPipeline")
            .field("reactor", &R::NAME)
            .field("from_start", &self.from_start)
            .finish()
    }
}

/// Delivers the events of batches to a reactor.
struct ReactorProcessor<R> {
    reactor: Arc<R>,
    from_start: bool,
    /// The checkpoint before the batch.
    checkpoint: Checkpoint,
}

impl<R: Reactor> ReactorProcessor<R> {
    /// Counts an attempt at the batch before its side effects, since a process that crashes during them
    /// cannot count it afterwards. A runner that was taken over is refused here.
    async fn record_attempt(
        &self,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<u32, WriteError> {
        let at = self.checkpoint;
        let writer = Writer::new(ModelId::reactor(R::NAME), generation, at.epoch);
        models.begin_batch(writer, at.at).await
    }

    /// Delivers all parts of an event. They succeed or fail together.
    async fn deliver(
        &self,
        event: &[Box<dyn ErasedDelivery<R>>],
        attempt: u32,
    ) -> Result<(), BoxError> {
        for part in event {
            let describe = |message: String| {
                crate::event::decode::panic_reason(part.stream(), part.version(), &message)
            };
            catch_user_panic(part.deliver(&self.reactor, attempt), describe).await?;
        }
        Ok(())
    }
}

impl<R: Reactor> BatchProcessor for ReactorProcessor<R> {
    fn model(&self) -> Model {
        Model::reactor(R::NAME)
    }

    fn query(&self) -> Query {
        query_of(R::EVENTS)
    }

    fn has_effects(&self) -> bool {
        true
    }

    fn resume_from(&mut self, checkpoint: Checkpoint) {
        self.checkpoint = checkpoint;
    }

    fn starts_at_head(&self) -> bool {
        !self.from_start
    }

    fn process<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        parked: &'a ParkedKeys,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            // All events are read before any side effect: one that cannot be read stops the reactor.
            let deliveries = read_deliveries::<R>(batch)?;
            let mut streams = deliveries.iter().map(|part| part.stream());
            let attempt = if streams.any(|stream| !parked.contains_value(stream)) {
                self.record_attempt(generation, models).await?
            } else {
                1
            };
            let mut failed = HashSet::new();
            let mut changes = BatchResult::default();
            for event in deliveries.chunk_by(|one, next| one.position() == next.position()) {
                let (key, position) = (Key::of(event[0].stream()), event[0].position());
                if parked.contains(&key) || failed.contains(&key) {
                    changes.parking.push(Parking::Queued { key, position });
                    continue;
                }
                if let Err(error) = self.deliver(event, attempt).await {
                    failed.insert(key.clone());
                    let parking = parking::<R>((key, position), attempt, error)?;
                    changes.parking.push(parking);
                }
            }
            Ok(changes)
        })
    }

    /// Delivers one event at a time, so that a crash repeats no more than one.
    fn retry<'a>(
        &'a mut self,
        retry: RetryRequest<'a>,
        _: Generation,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            let deliveries = read_deliveries::<R>(retry.batch)?;
            let Some(first) = retry.batch.events().next() else {
                return Ok(BatchResult::default());
            };
            let (key, through) = (retry.key.clone(), first.position);
            let parts =
                deliveries.partition_point(|part| part.position().offset() <= through.offset());
            let delivered = self.deliver(&deliveries[..parts], retry.attempt);
            let parking = match delivered.await {
                Ok(()) => Parking::Done { key, through },
                Err(error) => parking::<R>((key, through), retry.attempt, error)?,
            };
            let mut changes = BatchResult::default();
            changes.parking.push(parking);
            Ok(changes)
        })
    }
}

/// Parks an event whose reaction failed, or stops the reactor.
fn parking<R: Reactor>(
    (key, position): (Key, Position),
    attempt: u32,
    error: BoxError,
) -> Result<Parking, ProjectionError> {
    if R::STOP_ON_ERROR {
        return Err(ProjectionError::reaction(R::NAME, position, error));
    }
    let failed = Parking::failed(key, position, with_causes(&*error));
    Ok(failed.attempts(attempt))
}

fn read_deliveries<R: Reactor>(
    batch: &EventBatch,
) -> Result<Vec<Box<dyn ErasedDelivery<R>>>, ProjectionError> {
    let mut deliveries = Deliveries::default();
    for event in batch.events() {
        R::read(&event, &mut deliveries).map_err(|source| UndecodableEvent::new(&event, source))?;
    }
    Ok(deliveries.into_vec())
}
