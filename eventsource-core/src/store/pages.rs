//! Reading page after page.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::error::ReadError;
use super::event_log::EventLog;
use super::page::Page;
use super::read_log::ReadLog;
use crate::future::BoxFuture;

/// All that a read matches, page by page to the head. The store reads a page while the one before
/// it is worked on, so that at most two are in memory.
///
/// ```
/// # use eventsource_core::{MemoryStore, Query};
/// # use eventsource_core::store::{Pages, ReadLog};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, mut events) = (MemoryStore::new(), 0);
/// let mut pages = Pages::new(&store, ReadLog::new(Query::all()));
/// while let Some(page) = pages.next().await? {
///     events += page.len();
/// }
/// assert_eq!(events, 0);
/// # Ok(()) }
/// ```
pub struct Pages<'s> {
    log: &'s dyn EventLog,
    /// The read of the next page.
    read: ReadLog,
    next: Option<Reading<'s>>,
}

/// A page that was asked for.
enum Reading<'s> {
    Underway(BoxFuture<'s, Result<Page, ReadError>>),
    Done(Result<Page, ReadError>),
}

impl<'s> Pages<'s> {
    /// The pages of a read, from its horizon on; see [`EventLog::read`].
    pub fn new(log: &'s dyn EventLog, read: ReadLog) -> Self {
        let first = log.read(read.clone());
        Self {
            log,
            read,
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
        page.check_order(self.read.after)?;
        self.read.after = page.through();
        if !page.is_complete() {
            self.next = Some(self.begin(context));
        }
        Poll::Ready(Ok(Some(page)))
    }

    /// A future does nothing before it is polled.
    fn begin(&self, context: &mut Context<'_>) -> Reading<'s> {
        let mut reading = self.log.read(self.read.clone());
        match Pin::new(&mut reading).poll(context) {
            Poll::Ready(page) => Reading::Done(page),
            Poll::Pending => Reading::Underway(reading),
        }
    }
}

impl std::fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
