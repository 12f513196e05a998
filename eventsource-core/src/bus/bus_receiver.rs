//! The pages of a bus on their way to a listener.

use std::sync::Arc;

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{Receiver, Sender, WeakSender, channel};

use super::PublishedPage;

/// Receives the pages that a bus publishes from now on. [`EventBus::listen`](super::EventBus::listen) makes one;
/// a bus has a [`BusSender`].
///
/// ```
/// use eventsource_core::bus::{BusMessage, BusSender, PublishedPage};
/// use eventsource_core::store::PageBuilder;
/// use eventsource_core::{Horizon, Position};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// // It keeps 2 pages for a slow receiver.
/// let sender = BusSender::new(2);
/// let mut receiver = sender.listen();
/// for end in 1..=3 {
///     let through = Horizon::unchecked(Position::new(end));
///     let page = PageBuilder::new().finish(through, true);
///     sender.publish(PublishedPage::new(Horizon::unchecked(Position::new(end - 1)), page));
/// }
///
/// // It reads from the log what it has missed.
/// let Some(BusMessage::Lagged(1)) = receiver.recv().await else { panic!("none is missing") };
/// let Some(BusMessage::Page(page)) = receiver.recv().await else { panic!("no page") };
/// assert_eq!(page.page.through().position(), Position::new(2));
///
/// drop(sender);
/// assert!(receiver.try_recv().is_some());
/// assert!(receiver.recv().await.is_none());
/// # }
/// ```
#[derive(Debug)]
pub struct BusReceiver(Receiver<Arc<PublishedPage>>);

/// A message of a [`BusReceiver`].
///
/// [Example](crate::bus#example).
#[derive(Clone, Debug)]
pub enum BusMessage {
    /// The next page.
    Page(Arc<PublishedPage>),
    /// The receiver was too slow: so many pages are gone. Their events are in the log.
    Lagged(u64),
}

impl BusReceiver {
    /// Waits for the next message. `None` once the bus publishes nothing more: listen again, or read the log,
    /// which tells the cause. No message is lost if the future is dropped.
    pub async fn recv(&mut self) -> Option<BusMessage> {
        match self.0.recv().await {
            Ok(page) => Some(BusMessage::Page(page)),
            Err(RecvError::Lagged(pages)) => Some(BusMessage::Lagged(pages)),
            Err(RecvError::Closed) => None,
        }
    }

    /// The next message, if it is there. `None` does not tell whether more will come; [`recv`](Self::recv) does.
    pub fn try_recv(&mut self) -> Option<BusMessage> {
        match self.0.try_recv() {
            Ok(page) => Some(BusMessage::Page(page)),
            Err(TryRecvError::Lagged(pages)) => Some(BusMessage::Lagged(pages)),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// A receiver of the same bus, for the pages from now on.
    pub(super) fn resubscribe(&self) -> Self {
        Self(self.0.resubscribe())
    }
}

/// Publishes pages to the receivers of a bus, which end when it and its clones are dropped. [`BusReceiver`] has
/// an example of publishing; a bus stops when nobody listens:
///
/// ```
/// use eventsource_core::bus::BusSender;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sender = BusSender::new(32);
/// let receiver = sender.listen();
/// drop(receiver);
/// sender.wait_until_unused().await;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct BusSender(Sender<Arc<PublishedPage>>);

impl BusSender {
    /// A sender without receivers, which keeps so many pages for a slow one.
    ///
    /// # Panics
    ///
    /// If `pages` is 0.
    #[must_use]
    pub fn new(pages: usize) -> Self {
        Self(channel(pages).0)
    }

    /// A receiver of the pages from now on.
    #[must_use]
    pub fn listen(&self) -> BusReceiver {
        BusReceiver(self.0.subscribe())
    }

    /// Publishes a page to all receivers, if there are any.
    pub fn publish(&self, page: PublishedPage) {
        // It fails if there is no receiver.
        let _ = self.0.send(Arc::new(page));
    }

    /// Waits until there is no receiver.
    pub async fn wait_until_unused(&self) {
        self.0.closed().await;
    }

    pub(super) fn downgrade(&self) -> WeakBusSender {
        WeakBusSender(self.0.downgrade())
    }
}

/// A sender that does not keep the bus open.
pub(super) struct WeakBusSender(WeakSender<Arc<PublishedPage>>);

impl WeakBusSender {
    /// A receiver, if there still is a sender.
    pub(super) fn listen(&self) -> Option<BusReceiver> {
        Some(BusReceiver(self.0.upgrade()?.subscribe()))
    }
}
