//! Reading page after page.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::EventStore;
use super::error::ReadError;
use super::page::Page;
use super::query::Query;
use crate::future::BoxFuture;
use crate::values::Position;

/// All that matches a query, page by page to the head. The store reads a page while the one before
/// it is worked on, so that at most two are in memory.
///
/// ```
/// # use eventsource_core::{EventStore, MemoryStore, Position, Query};
/// # use eventsource_core::store::Pages;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, mut events) = (MemoryStore::new(), 0);
/// let mut pages = Pages::new(&store, Query::all(), Position::START, 1_000);
/// while let Some(page) = pages.next().await? {
///     events += page.len();
/// }
/// assert_eq!(events, 0);
/// # Ok(()) }
/// ```
pub struct Pages<'s> {
    store: &'s dyn EventStore,
    query: Query,
    limit: usize,
    /// The end of the last page.
    at: Position,
    next: Option<Reading<'s>>,
}

/// A page that was asked for.
enum Reading<'s> {
    Underway(BoxFuture<'s, Result<Page, ReadError>>),
    Done(Result<Page, ReadError>),
}

impl<'s> Pages<'s> {
    /// The pages of some `limit` matches after a position; see [`EventStore::read`].
    pub fn new(store: &'s dyn EventStore, query: Query, after: Position, limit: usize) -> Self {
        let first = store.read(query.clone(), after, limit);
        Self {
            store,
            query,
            limit,
            at: after,
            next: Some(Reading::Underway(first)),
        }
    }

    /// The next page; `None` after the one that is complete. If this is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; a page that leads backwards is [`Corrupt`](crate::store::StoreErrorKind). Nothing
    /// comes after an error.
    pub async fn next(&mut self) -> Result<Option<Page>, ReadError> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Page>, ReadError>> {
        let page = match self.next.take() {
            None => return Poll::Ready(Ok(None)),
            Some(Reading::Done(page)) => page?,
            Some(Reading::Underway(mut reading)) => match reading.as_mut().poll(context) {
                Poll::Ready(page) => page?,
                Poll::Pending => {
                    self.next = Some(Reading::Underway(reading));
                    return Poll::Pending;
                }
            },
        };
        page.check_order(self.at)?;
        self.at = page.through();
        if !page.is_complete() {
            self.next = Some(self.begin(page.through(), context));
        }
        Poll::Ready(Ok(Some(page)))
    }

    /// A future does nothing before it is polled.
    fn begin(&self, after: Position, context: &mut Context<'_>) -> Reading<'s> {
        let mut reading = self.store.read(self.query.clone(), after, self.limit);
        match Pin::new(&mut reading).poll(context) {
            Poll::Ready(page) => Reading::Done(page),
            Poll::Pending => Reading::Underway(reading),
        }
    }
}

impl std::fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("query", &self.query)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
