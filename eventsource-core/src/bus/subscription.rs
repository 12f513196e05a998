//! Following the events oneself.

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

/// So many events are read at once while it is behind.
const PAGE: usize = 500;

/// The events of the set `E`, each once and in order: those that are stored, and then those that
/// come. It never ends, except after an error. One that is slow falls behind, but misses nothing and
/// holds nobody up; it keeps at most a page in memory.
#[doc = include_str!("subscription.md")]
pub struct Subscription<E> {
    state: State,
    ready: VecDeque<Recorded<E>>,
    /// Up to here there is nothing but what is ready.
    looked_at: Horizon,
    horizon: Horizon,
}

enum State {
    Idle(Option<Box<Feed>>),
    Waiting(Next),
    Failed(Option<SubscriptionError>),
}

type Next = BoxFuture<'static, (Box<Feed>, Result<EventBatch, ReadError>)>;

/// Why a subscription ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// An event could not be read.
    #[error(transparent)]
    Undecodable(#[from] Box<UndecodableEvent>),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl<E: EventSet + Send + 'static> Subscription<E> {
    /// The events after a horizon; all of them after [`Horizon::START`].
    pub fn after(bus: impl EventBus, horizon: Horizon) -> Self {
        Self::matching(bus, query::<E>(), horizon)
    }

    /// The events from now on.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    pub async fn from_now(bus: impl EventBus) -> Result<Self, ReadError> {
        let head = bus.log().head().await?;
        Ok(Self::after(bus, head))
    }

    /// The events after a horizon that match a query, all of which have to be of the set.
    pub fn matching(bus: impl EventBus, query: Query, horizon: Horizon) -> Self {
        let read = ReadLog::new(query).after(horizon).limit(PAGE);
        let feed = Feed::new(Arc::new(bus), read);
        Self {
            state: State::Idle(Some(Box::new(feed))),
            ready: VecDeque::new(),
            looked_at: horizon,
            horizon,
        }
    }

    /// The end of the events that were looked at, and handed out if they match: a subscription that
    /// starts again after it misses nothing, and reads nothing twice. An event that became several
    /// parts counts once the last part is handed out.
    ///
    /// A subscription after a horizon that the log does not have, as after a backup was restored,
    /// ends with [`ReadError::OtherHistory`] or [`ReadError::BeyondHead`].
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }

    /// Waits for the next event. If this is dropped before it answers, nothing is lost.
    ///
    /// # Errors
    ///
    /// See [`SubscriptionError`]. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Recorded<E>, SubscriptionError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Hands each event to `handle` and waits for it, until one fails. What was handled is not
    /// remembered: a subscription that starts again, starts where it is told to. Whoever wants to
    /// remember it asks for the [`next`](Self::next) one, and for the [`horizon`](Self::horizon)
    /// after it.
    ///
    /// # Errors
    ///
    /// What `handle` failed with, or a [`SubscriptionError`].
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

    /// Reads the events of a batch, up to the first that cannot be read.
    fn take(&mut self, batch: &EventBatch) -> Result<(), SubscriptionError> {
        for event in batch.events() {
            let before = self.ready.len();
            let decoded = Recorded::decode(&event, &mut |event| self.ready.push_back(event));
            if let Err(source) = decoded {
                // Parts of an event, if a later part could not be read.
                self.ready.truncate(before);
                return Err(UndecodableEvent::new(&event, source).into());
            }
        }
        self.looked_at = batch.through();
        if self.ready.is_empty() {
            self.horizon = self.looked_at;
        }
        Ok(())
    }

    /// The next event that is ready. With the last one goes what was looked at behind it.
    fn hand_out(&mut self) -> Option<Recorded<E>> {
        let event = self.ready.pop_front()?;
        let end = event.horizon();
        match self.ready.front() {
            None => self.horizon = self.looked_at.later(end),
            Some(next) if next.position != event.position => self.horizon = end,
            Some(_) => {}
        }
        Some(event)
    }
}

impl<E: EventSet + Send + 'static> Stream for Subscription<E> {
    type Item = Result<Recorded<E>, SubscriptionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.hand_out() {
                return Poll::Ready(Some(Ok(event)));
            }
            let (feed, batch) = match &mut self.state {
                State::Failed(error) => return Poll::Ready(error.take().map(Err)),
                State::Waiting(next) => ready!(next.as_mut().poll(context)),
                State::Idle(feed) => {
                    let Some(feed) = feed.take() else {
                        return Poll::Ready(None);
                    };
                    self.state = State::Waiting(Box::pin(next(feed)));
                    continue;
                }
            };
            let taken = batch.map_err(Into::into);
            self.state = match taken.and_then(|batch| self.take(&batch)) {
                Ok(()) => State::Idle(Some(feed)),
                Err(error) => State::Failed(Some(error)),
            };
        }
    }
}

async fn next(mut feed: Box<Feed>) -> (Box<Feed>, Result<EventBatch, ReadError>) {
    let batch = feed.next().await;
    (feed, batch)
}

fn query<E: EventSet>() -> Query {
    let names = E::EVENTS.iter().flat_map(EventType::names);
    let filter = names.fold(Filter::new(), Filter::name);
    filter.into()
}

// An event is never pinned.
impl<E> Unpin for Subscription<E> {}

impl<E> fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
