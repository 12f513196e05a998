//! A stream of events for user code.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::EventBus;
use super::batch::EventBatch;
use super::feed::Feed;
use crate::event::{EventSet, EventType, Recorded, UndecodableEvent};
use crate::future::BoxFuture;
use crate::store::{Filter, Horizon, Query, ReadError, ReadLog};

/// The number of events in a page, while the subscription reads from the store.
const PAGE_EVENTS: usize = 500;

/// A stream of the events of the set `E`, each once and in order: first the stored ones, then new ones as
/// they are committed. It ends only after an error. A slow subscription falls behind, but misses no event
/// and delays no other listener. It keeps at most one page in memory.
#[doc = include_str!("subscription.md")]
#[doc(alias("catch-up subscription", "event listener", "subscriber", "tail"))]
pub struct Subscription<E> {
    state: State,
    ready: VecDeque<Recorded<E>>,
    /// The end of the batch that the ready events are from.
    scanned: Horizon,
    /// The end of the events that were returned.
    horizon: Horizon,
}

enum State {
    Idle(Option<Box<Feed>>),
    Waiting(Next),
    Failed(Option<SubscriptionError>),
}

type Next = BoxFuture<'static, (Box<Feed>, Result<EventBatch, ReadError>)>;

/// The error that ends a subscription.
///
/// [Example](crate::bus#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// An event could not be decoded.
    #[error(transparent)]
    Undecodable(#[from] Box<UndecodableEvent>),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl<E: EventSet + Send + 'static> Subscription<E> {
    /// Subscribes to the events after a horizon; to all events after [`Horizon::START`].
    pub fn after(bus: impl EventBus, horizon: Horizon) -> Self {
        Self::matching(bus, query_of::<E>(), horizon)
    }

    /// Subscribes to the events that are committed from now on.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    pub async fn from_now(bus: impl EventBus) -> Result<Self, ReadError> {
        let head = bus.log().head().await?;
        Ok(Self::after(bus, head))
    }

    /// Subscribes to the events after a horizon that match a query. All of them have to be in the set.
    pub fn matching(bus: impl EventBus, query: Query, horizon: Horizon) -> Self {
        let read = ReadLog::new(query).after(horizon).limit(PAGE_EVENTS);
        let feed = Feed::new(Arc::new(bus), read);
        Self {
            state: State::Idle(Some(Box::new(feed))),
            ready: VecDeque::new(),
            scanned: horizon,
            horizon,
        }
    }

    /// The end of the events that were returned, or that do not match. A subscription that starts after
    /// this horizon misses no event and returns none twice. An event that an upcast split into several
    /// parts counts once its last part was returned.
    ///
    /// A subscription after a horizon that the log does not have, as after a backup was restored, ends
    /// with [`ReadError::OtherHistory`] or [`ReadError::BeyondHead`].
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }

    /// Waits for the next event. No event is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// See [`SubscriptionError`]. After an error the subscription has ended.
    pub async fn next(&mut self) -> Option<Result<Recorded<E>, SubscriptionError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Calls `handle` with each event and awaits it, until one fails. Progress is not stored. To store a
    /// checkpoint, call [`next`](Self::next) in a loop, and store the [`horizon`](Self::horizon) after
    /// each event.
    ///
    /// # Errors
    ///
    /// The error of `handle`, or a [`SubscriptionError`].
    pub async fn for_each<F, R>(mut self, mut handle: impl FnMut(Recorded<E>) -> F) -> Result<(), R>
    where
        F: Future<Output = Result<(), R>>,
        R: From<SubscriptionError>,
    {
        while let Some(event) = self.next().await {
            handle(event?).await?;
        }
        Ok(())
    }

    /// Decodes the events of a batch, up to the first that cannot be decoded.
    fn decode(&mut self, batch: &EventBatch) -> Result<(), SubscriptionError> {
        for event in batch.events() {
            let before = self.ready.len();
            let decoded = Recorded::decode(&event, &mut |recorded| self.ready.push_back(recorded));
            if let Err(source) = decoded {
                // An event is returned with all its parts or not at all.
                self.ready.truncate(before);
                return Err(UndecodableEvent::new(&event, source).into());
            }
        }
        self.scanned = batch.through();
        if self.ready.is_empty() {
            self.horizon = self.scanned;
        }
        Ok(())
    }

    /// Returns the next ready event. After the last one, the horizon moves to the end of the batch.
    fn pop_ready(&mut self) -> Option<Recorded<E>> {
        let recorded = self.ready.pop_front()?;
        let end = recorded.horizon();
        match self.ready.front() {
            None => self.horizon = self.scanned.later(end),
            Some(next) if next.position() != recorded.position() => self.horizon = end,
            Some(_) => {}
        }
        Some(recorded)
    }
}

impl<E: EventSet + Send + 'static> Stream for Subscription<E> {
    type Item = Result<Recorded<E>, SubscriptionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.pop_ready() {
                return Poll::Ready(Some(Ok(event)));
            }
            let (feed, batch) = match &mut self.state {
                State::Failed(error) => return Poll::Ready(error.take().map(Err)),
                State::Waiting(next) => ready!(next.as_mut().poll(context)),
                State::Idle(feed) => {
                    let Some(feed) = feed.take() else {
                        return Poll::Ready(None);
                    };
                    self.state = State::Waiting(Box::pin(next_batch(feed)));
                    continue;
                }
            };
            let batch = batch.map_err(Into::into);
            self.state = match batch.and_then(|batch| self.decode(&batch)) {
                Ok(()) => State::Idle(Some(feed)),
                Err(error) => State::Failed(Some(error)),
            };
        }
    }
}

async fn next_batch(mut feed: Box<Feed>) -> (Box<Feed>, Result<EventBatch, ReadError>) {
    let batch = feed.next().await;
    (feed, batch)
}

fn query_of<E: EventSet>() -> Query {
    let names = E::EVENTS.iter().flat_map(EventType::names);
    let filter = names.fold(Filter::new(), Filter::name);
    filter.into()
}

// No field is pinned structurally.
impl<E> Unpin for Subscription<E> {}

impl<E> fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
