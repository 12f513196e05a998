//! Reading a log page by page.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::error::ReadError;
use super::event_log::EventLog;
use super::page::Page;
use super::read_log::ReadLog;
use crate::future::started::StartedFuture;

/// The pages of a read, up to the head. The store reads a page while the previous one is processed, so at most
/// two pages are in memory. If a leader answers reads of the [latest state](super::Capabilities::latest), the
/// pages may end where a leader ends that was replaced and does not know it.
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
    next: Option<StartedFuture<'s, Result<Page, ReadError>>>,
}

impl<'s> Pages<'s> {
    /// Creates the pages of a read, from its horizon on; see [`EventLog::read`].
    pub fn new(log: &'s dyn EventLog, read: ReadLog) -> Self {
        let first = log.read(read.clone());
        Self {
            log,
            read,
            next: Some(StartedFuture::Underway(first)),
        }
    }

    /// Waits for the next page; `None` after the one that is complete. No page is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; a page in the wrong order is [`Corrupt`](crate::store::StoreErrorKind). There are no
    /// pages after an error.
    pub async fn next(&mut self) -> Result<Option<Page>, ReadError> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Page>, ReadError>> {
        let Some(mut reading) = self.next.take() else {
            return Poll::Ready(Ok(None));
        };
        let Poll::Ready(page) = reading.poll(context) else {
            self.next = Some(reading);
            return Poll::Pending;
        };
        let page = page?;
        page.check_order(self.read.start)?;
        self.read.start = page.through();
        if !page.is_complete() {
            let mut next = StartedFuture::Underway(self.log.read(self.read.clone()));
            next.start(context);
            self.next = Some(next);
        }
        Poll::Ready(Ok(Some(page)))
    }
}

impl std::fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
