//! Everything after a position, from the store as long as it is behind, then from the bus.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::known_head::KnownHead;
use super::{EventBatch, EventBus, PublishedPage};
use crate::future::started::StartedFuture;
use crate::store::{Freshness, Horizon, Page, ReadError, ReadLog};

/// Events that match a query, each once and in order.
pub(crate) struct Feed {
    bus: Arc<dyn EventBus>,
    /// The read of the next page.
    read: ReadLog,
    carried: Receiver<Arc<PublishedPage>>,
    head: KnownHead,
    /// Whether the store has to be asked, since the bus may not carry what comes next.
    is_behind: bool,
    /// A page that the store was asked for.
    reading: Option<StartedFuture<Result<Page, ReadError>>>,
}

impl Feed {
    /// Everything that a read matches, from its horizon on, page by page.
    pub(crate) fn new(bus: Arc<dyn EventBus>, read: ReadLog) -> Self {
        let carried = bus.listen();
        let head = KnownHead::of(&**bus.log());
        Self {
            bus,
            read,
            carried,
            head,
            is_behind: true,
            reading: None,
        }
    }

    /// Waits for what comes next; it may be nothing that matches, and then tells that. If this is
    /// dropped before it answers, nothing is lost.
    pub(crate) async fn next(&mut self) -> Result<EventBatch, ReadError> {
        while !self.is_behind {
            let carried = self.carried.recv().await;
            if let Some(mut batch) = self.taken(carried) {
                self.take_waiting(&mut batch);
                return Ok(batch);
            }
        }
        poll_fn(|context| self.poll_read(context)).await
    }

    /// Takes what was carried meanwhile as well, as much as a page.
    fn take_waiting(&mut self, batch: &mut EventBatch) {
        while !self.is_behind && batch.len() < self.read.limit {
            let carried = match self.carried.try_recv() {
                Ok(carried) => Ok(carried),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Lagged(pages)) => Err(RecvError::Lagged(pages)),
                Err(TryRecvError::Closed) => Err(RecvError::Closed),
            };
            if let Some(next) = self.taken(carried) {
                batch.append(next);
            }
        }
    }

    /// What was carried, if it is what comes next; if there is a hole before it, or it is not in
    /// order, or it may be of another history, the store is asked.
    fn taken(&mut self, carried: Result<Arc<PublishedPage>, RecvError>) -> Option<EventBatch> {
        match carried {
            Ok(carried) if is_at_or_before(carried.page.through(), self.read.after) => None,
            Ok(carried) if carried.is_in_order() && goes_on(&carried, self.read.after) => {
                let batch = EventBatch::matching(carried, &self.read.query, self.read.after);
                self.read.after = batch.through();
                Some(batch)
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {
                self.is_behind = true;
                None
            }
            // The store tells why, or there is a new line.
            Err(RecvError::Closed) => {
                self.carried = self.bus.listen();
                self.is_behind = true;
                None
            }
        }
    }

    /// Reads a page, and begins with the next one, so that the store reads while this one is worked
    /// on.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<EventBatch, ReadError>> {
        let page = loop {
            let mut reading = self.reading.take().unwrap_or_else(|| self.next_page());
            let Poll::Ready(page) = reading.poll(context) else {
                self.reading = Some(reading);
                return Poll::Pending;
            };
            match page {
                Ok(page) => break page,
                Err(error) => self.head.take_back(error)?,
            }
        };
        page.check_order(self.read.after)?;
        let page = self.head.check(page);
        self.is_behind = !page.is_complete();
        let after = std::mem::replace(&mut self.read.after, page.through());
        if self.is_behind {
            let mut next = self.next_page();
            next.begin(context);
            self.reading = Some(next);
        }
        Poll::Ready(Ok(EventBatch::all(PublishedPage::new(after, page))))
    }

    fn next_page(&mut self) -> StartedFuture<Result<Page, ReadError>> {
        // What was carried before this is in the page; what comes after it is carried. So the head, which is
        // carried when it moves, is looked at afterwards.
        self.carried = self.carried.resubscribe();
        let (log, mut read) = (Arc::clone(self.bus.log()), self.read.clone());
        if let Some(head) = self.head.begin_read() {
            read.freshness = Freshness::AtLeast(head);
        }
        StartedFuture::new(async move { log.read(read).await })
    }
}

/// Whether a page has what comes after a horizon, in the history of that horizon. A log that was taken
/// back has other events at the positions that its readers have seen.
fn goes_on(carried: &PublishedPage, after: Horizon) -> bool {
    if carried.after == after || after.commit_id().is_none() {
        return is_at_or_before(carried.after, after);
    }
    let offset = after.position().offset();
    let mut events = carried.page.events();
    let last_seen = events.find(|event| event.position.offset() == offset);
    last_seen.is_some_and(|event| Some(event.commit.id) == after.commit_id())
}

/// Whether a horizon is no later than another one of the same log.
fn is_at_or_before(horizon: Horizon, other: Horizon) -> bool {
    horizon.position().offset() <= other.position().offset()
}
