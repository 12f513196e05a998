//! How committed events reach those who listen.

mod batch;
mod feed;
mod known_head;
mod local;
mod subscription;

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::store::{EventLog, Horizon, Page};
pub use batch::EventBatch;
pub(crate) use feed::Feed;
pub use local::LocalBus;
pub use subscription::{Subscription, SubscriptionError};

/// Carries what is committed to those who listen. It carries; the store remembers: whoever is too
/// slow for it, or came too late, reads on from the store.
///
/// ```
/// use eventsource_core::{LocalBus, MemoryStore};
/// use eventsource_core::bus::EventBus;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let bus = LocalBus::new(MemoryStore::new());
/// let listener = bus.listen();
/// # drop(listener);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` carries no events",
    label = "not a bus",
    note = "`LocalBus::new(store)` carries those of a store"
)]
pub trait EventBus: Send + Sync + 'static {
    /// The log whose events it carries.
    fn log(&self) -> &Arc<dyn EventLog>;

    /// Gives what is committed from about now on. What is carried has no holes, except where the
    /// receiver says that it lagged behind.
    ///
    /// On a log whose [latest state](crate::store::Capabilities::latest) a leader gives, the bus carries a
    /// page after each move of [`watch`](EventLog::watch), which ends at that position or later. The page is
    /// empty if the events were carried before: a listener may have begun in between, and have read from a
    /// leader that was replaced.
    fn listen(&self) -> broadcast::Receiver<Arc<PublishedPage>>;
}

impl<B: EventBus + ?Sized> EventBus for Arc<B> {
    fn log(&self) -> &Arc<dyn EventLog> {
        (**self).log()
    }

    fn listen(&self) -> broadcast::Receiver<Arc<PublishedPage>> {
        (**self).listen()
    }
}

/// Some events on their way: all of the log's after one horizon up to the page's end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublishedPage {
    /// The end of the page before.
    pub after: Horizon,
    /// The events.
    pub page: Page,
}

impl PublishedPage {
    /// The events of a page that was read after this horizon.
    #[must_use]
    pub fn new(after: Horizon, page: Page) -> Self {
        Self { after, page }
    }

    fn is_in_order(&self) -> bool {
        self.page.check_order(self.after).is_ok()
    }
}
