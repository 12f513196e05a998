//! A feed: the events after a horizon, from the store while the feed is behind, then from the bus.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::known_head::KnownHead;
use super::{BusMessage, BusReceiver, EventBatch, EventBus, PublishedPage};
use crate::future::started::StartedFuture;
use crate::store::{Freshness, Horizon, Page, ReadError, ReadLog};

/// The events that match a query, each once and in order.
pub(crate) struct Feed {
    bus: Arc<dyn EventBus>,
    /// The read of the next page.
    read: ReadLog,
    pages: BusReceiver,
    head: KnownHead,
    /// Whether the next page has to be read from the store, since the bus may not publish it.
    is_behind: bool,
    /// The next page, while it is read from the store.
    reading: Option<StartedFuture<'static, Result<Page, ReadError>>>,
}

impl Feed {
    /// The events that a read matches, from its horizon on.
    pub(crate) fn new(bus: Arc<dyn EventBus>, read: ReadLog) -> Self {
        let pages = bus.listen();
        let head = KnownHead::of(&**bus.log());
        Self {
            bus,
            read,
            pages,
            head,
            is_behind: true,
            reading: None,
        }
    }

    /// Waits for the next batch, which is empty if no event of the next page matches. No event is lost if
    /// the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<EventBatch, ReadError> {
        while !self.is_behind {
            let received = self.pages.recv().await;
            if let Some(mut batch) = self.accept(received) {
                self.append_waiting(&mut batch);
                return Ok(batch);
            }
        }
        poll_fn(|context| self.poll_read(context)).await
    }

    /// Appends the pages that were published since, up to the limit of a page.
    fn append_waiting(&mut self, batch: &mut EventBatch) {
        while !self.is_behind && batch.len() < self.read.max_events {
            let Some(received) = self.pages.try_recv() else {
                return;
            };
            if let Some(next) = self.accept(Some(received)) {
                batch.append(next);
            }
        }
    }

    /// The batch of a published page, if it is the next page of the feed. If there is a gap before it, or
    /// it is not in order, or it may be of another history, the feed reads from the store.
    fn accept(&mut self, received: Option<BusMessage>) -> Option<EventBatch> {
        match received {
            Some(BusMessage::Page(published))
                if is_at_or_before(published.page.through(), self.read.start) =>
            {
                None
            }
            Some(BusMessage::Page(published))
                if published.is_in_order() && has_events_after(&published, self.read.start) =>
            {
                let batch = EventBatch::matching(published, &self.read.query, self.read.start);
                self.read.start = batch.through();
                Some(batch)
            }
            Some(BusMessage::Page(_) | BusMessage::Lagged(_)) => {
                self.is_behind = true;
                None
            }
            // The task of the bus has ended: a new one is started, or the store returns the error.
            None => {
                self.pages = self.bus.listen();
                self.is_behind = true;
                None
            }
        }
    }

    /// Reads a page, and starts to read the next one, so that the store reads while this page is
    /// processed.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<EventBatch, ReadError>> {
        let page = loop {
            let mut reading = self.reading.take().unwrap_or_else(|| self.next_page());
            let Poll::Ready(page) = reading.poll(context) else {
                self.reading = Some(reading);
                return Poll::Pending;
            };
            match page {
                Ok(page) => break page,
                Err(error) => self.head.accept_lost_head(error)?,
            }
        };
        page.check_order(self.read.start)?;
        let page = self.head.check(page);
        self.is_behind = !page.is_complete();
        let after = std::mem::replace(&mut self.read.start, page.through());
        if self.is_behind {
            let mut next = self.next_page();
            next.start(context);
            self.reading = Some(next);
        }
        Poll::Ready(Ok(EventBatch::all(PublishedPage::new(after, page))))
    }

    fn next_page(&mut self) -> StartedFuture<'static, Result<Page, ReadError>> {
        // The page that is read has all events that were published before this line. Events that are
        // committed later are published to the new receiver. The known head is read afterwards, since each
        // move of it is published too.
        self.pages = self.pages.resubscribe();
        let (log, mut read) = (Arc::clone(self.bus.log()), self.read.clone());
        if let Some(head) = self.head.prepare_read() {
            read.min_freshness = Freshness::AtLeast(head);
        }
        StartedFuture::new(async move { log.read(read).await })
    }
}

/// Whether a page has the events after a horizon, in the history of that horizon. A log that was restored
/// from a backup may have other events at the positions that its readers have seen.
fn has_events_after(published: &PublishedPage, after: Horizon) -> bool {
    if published.after == after || after.commit_id().is_none() {
        return is_at_or_before(published.after, after);
    }
    let offset = after.position().offset();
    let mut events = published.page.events();
    let last_seen = events.find(|event| event.position.offset() == offset);
    last_seen.is_some_and(|event| Some(event.commit.id) == after.commit_id())
}

/// Whether a horizon is at or before another one of the same log.
fn is_at_or_before(horizon: Horizon, other: Horizon) -> bool {
    horizon.position().offset() <= other.position().offset()
}
