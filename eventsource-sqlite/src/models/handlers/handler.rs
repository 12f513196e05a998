//! Handling events with SQL.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::bus::EventBatch;
use eventsource_core::event::{EventType, UndecodableEvent};
use eventsource_core::read_model::{Generation, Model};
use eventsource_core::runner::{
    BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{EventSet, Filter, Query, ReadModelStore, Recorded};

use super::job::{BoxError, Job};
use super::longest_call::LongestCall;
use super::transaction::Transaction;

#[doc = include_str!("handler.md")]
pub trait SqliteHandler: Send + Sync + 'static {
    /// Which events.
    type Events: EventSet;

    /// Its name.
    const NAME: &'static str;

    /// Its version, from 1. A new one begins with the first event.
    const VERSION: u32;

    /// Makes the tables, once, in the transaction of the first events.
    ///
    /// # Errors
    ///
    /// What stops it there.
    fn create(&self, transaction: &Transaction<'_>) -> Result<(), BoxError>;

    /// Takes an event into the tables.
    ///
    /// # Errors
    ///
    /// What stops it there; all that was done since the last commit is undone.
    fn handle(
        &self,
        recorded: &Recorded<Self::Events>,
        transaction: &Transaction<'_>,
    ) -> Result<(), BoxError>;
}

/// A handler, to be [run](eventsource_core::Runner::run); the crate has an [example](crate#handlers).
pub fn handler<H: SqliteHandler>(handler: H) -> Pipeline {
    let handler = Arc::new(handler);
    let longest_call = Arc::<LongestCall>::default();
    Pipeline::new(move || Handling {
        handler: Arc::clone(&handler),
        longest_call: Arc::clone(&longest_call),
    })
}

struct Handling<H> {
    handler: Arc<H>,
    longest_call: Arc<LongestCall>,
}

impl<H: SqliteHandler> BatchProcessor for Handling<H> {
    fn model(&self) -> Model {
        const { assert!(H::VERSION > 0, "the versions of a handler begin with 1") };
        Model::new(H::NAME, H::VERSION, Vec::new())
    }

    fn query(&self) -> Query {
        let names = |of: &EventType| std::iter::once(of.name).chain(of.aliases.iter().copied());
        let names = H::Events::EVENTS.iter().flat_map(names);
        names.fold(Filter::new(), Filter::name).into()
    }

    fn process<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        _: &'a ParkedKeys,
        _: Generation,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move { Ok(BatchResult::with_also(self.job(batch)?)) })
    }

    fn longest_call(&self) -> Option<Duration> {
        self.longest_call.get()
    }
}

impl<H: SqliteHandler> Handling<H> {
    fn job(&self, batch: &EventBatch) -> Result<Job, ProjectionError> {
        let events = decode::<H::Events>(batch)?;
        let ends = events.iter().map(Recorded::horizon).collect();
        let (creator, handler) = (Arc::clone(&self.handler), Arc::clone(&self.handler));
        let handle = move |number: usize, transaction: &Transaction<'_>| {
            let recorded = &events[number];
            let done = catch_unwind(AssertUnwindSafe(|| handler.handle(recorded, transaction)));
            let done = done.unwrap_or_else(|panic| Err(panicked(recorded, &*panic)));
            done.map_err(|source| {
                let position = recorded.position().to_string();
                At { position, source }.into()
            })
        };
        let create = move |transaction: &Transaction<'_>| creator.create(transaction);
        let longest_call = Arc::clone(&self.longest_call);
        Ok(Job::new(create, handle, ends, longest_call))
    }
}

fn decode<E: EventSet>(batch: &EventBatch) -> Result<Vec<Recorded<E>>, ProjectionError> {
    let mut events = Vec::with_capacity(batch.len());
    for event in batch.events() {
        let decoded = Recorded::decode(&event, &mut |recorded| events.push(recorded));
        decoded.map_err(|source| UndecodableEvent::new(&event, source))?;
    }
    Ok(events)
}

fn panicked<E>(recorded: &Recorded<E>, panic: &(dyn Any + Send)) -> BoxError {
    let (stream, version) = (recorded.stream(), recorded.version());
    let message = crate::panic::message(panic);
    format!("it panicked: {message} (stream {stream}, version {version})").into()
}

/// At which event a handler failed.
#[derive(Debug)]
struct At {
    position: String,
    source: BoxError,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at position {}", self.position)
    }
}

impl std::error::Error for At {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
