//! What is to be delivered.

use std::fmt;

use super::{Delivery, React, Reactor};
use crate::codec::DecodeError;
use crate::event::{EventSet, Recorded};
use crate::future::BoxFuture;
use crate::projection::BoxError;
use crate::store::StoredEvent;
use crate::values::{Position, StreamId};

/// What is to be delivered to the reactor `R`: filled by what
/// [`#[derive(Reactor)]`](macro@crate::Reactor) writes.
pub struct Deliveries<R> {
    all: Vec<Box<dyn ErasedDelivery<R>>>,
}

/// An event that is to be delivered.
pub(crate) trait ErasedDelivery<R>: Send + Sync {
    fn stream(&self) -> &StreamId;

    fn position(&self) -> Position;

    fn version(&self) -> u64;

    fn deliver<'a>(&'a self, reactor: &'a R, attempt: u32) -> BoxFuture<'a, Result<(), BoxError>>;
}

impl<R: Reactor> Deliveries<R> {
    /// Adds those of a stored event that are wanted.
    pub(crate) fn add<E: EventSet>(
        &mut self,
        event: &StoredEvent<'_>,
        wanted: impl Fn(&E) -> bool,
    ) -> Result<(), DecodeError>
    where
        R: React<E>,
    {
        Recorded::decode(event, &mut |recorded: Recorded<E>| {
            if wanted(&recorded.event) {
                self.all.push(Box::new(recorded));
            }
        })
    }

    pub(crate) fn into_vec(self) -> Vec<Box<dyn ErasedDelivery<R>>> {
        self.all
    }
}

impl<R: Reactor + React<E>, E: EventSet> ErasedDelivery<R> for Recorded<E> {
    fn stream(&self) -> &StreamId {
        &self.stream
    }

    fn position(&self) -> Position {
        self.position
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn deliver<'a>(&'a self, reactor: &'a R, attempt: u32) -> BoxFuture<'a, Result<(), BoxError>> {
        let delivery = Delivery::new(R::NAME, self, attempt);
        Box::pin(async move {
            let reacted = reactor.react(self, &delivery).await;
            reacted.map_err(Into::into)
        })
    }
}

impl<R> Default for Deliveries<R> {
    fn default() -> Self {
        Self { all: Vec::new() }
    }
}

impl<R> fmt::Debug for Deliveries<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries")
            .field("deliveries", &self.all.len())
            .finish()
    }
}
