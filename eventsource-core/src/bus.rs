//! The bus: committed events on their way to listeners.
//!
//! # Example
//!
//! A [`LocalBus`] publishes each page of new events to its listeners, and a [`Subscription`] decodes them:
//!
//! ```
//! use std::sync::Arc;
//!
//! use eventsource_core::bus::{BusMessage, EventBus, PublishedPage};
//! use eventsource_core::event::UndecodableEvent;
//! use eventsource_core::store::{Commit, NewEvent};
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{
//!     Codec, Horizon, LocalBus, MemoryStore, StreamId, StreamStore, Subscription, SubscriptionError,
//!     event,
//! };
//!
//! #[event(name = "cart.item-added")]
//! struct ItemAdded {
//!     sku: String,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let bus = LocalBus::new(store.clone());
//! let mut pages = bus.listen();
//!
//! // Another program has stored an event without a `sku`.
//! let cart = StreamId::new("cart", Uuid::now_v7());
//! let event = NewEvent::new(cart.clone(), "cart.item-added", 1, Codec::Json, b"{}".to_vec());
//! store.append(Commit::new(Uuid::now_v7(), vec![event])).await?;
//!
//! let Some(BusMessage::Page(published)) = pages.recv().await else { panic!("no page") };
//! let published: Arc<PublishedPage> = published;
//! assert_eq!(published.page.len(), 1);
//!
//! let mut events = Subscription::<ItemAdded>::after(bus, Horizon::START);
//! let error = events.next().await.unwrap().unwrap_err();
//! let SubscriptionError::Undecodable(undecodable) = error else { panic!("{error}") };
//! let UndecodableEvent { stream, version, .. } = *undecodable;
//! assert_eq!((stream, version), (cart, 1));
//! # Ok(()) }
//! ```

mod batch;
mod bus_receiver;
mod feed;
mod known_head;
mod local;
mod subscription;

use std::sync::Arc;

use crate::store::{EventLog, Horizon, Page};
pub use batch::EventBatch;
pub use bus_receiver::{BusMessage, BusReceiver, BusSender};
pub(crate) use feed::Feed;
pub use local::LocalBus;
pub use subscription::{Subscription, SubscriptionError};

/// Publishes committed events to listeners. A bus does not keep them: a listener that is too slow, or
/// that starts late, reads the events that it missed from the store.
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
    message = "`{Self}` is not an event bus",
    label = "not an event bus",
    note = "`LocalBus::new(store)` publishes the events of a store"
)]
#[doc(alias("event bus", "message broker", "pub/sub", "publish"))]
pub trait EventBus: Send + Sync + 'static {
    /// The log whose events are published.
    fn log(&self) -> &Arc<dyn EventLog>;

    /// Listens to the events that are committed from about now on. The published pages have no gaps,
    /// except where the receiver reports that it lagged behind.
    ///
    /// If a leader answers the reads of the [latest state](crate::store::Capabilities::latest), the bus
    /// publishes a page after each move of [`watch`](EventLog::watch), which ends at that position or
    /// later. The page is empty if its events were published before: a listener may have started in
    /// between, and have read from a leader that was replaced.
    fn listen(&self) -> BusReceiver;
}

impl<B: EventBus + ?Sized> EventBus for Arc<B> {
    fn log(&self) -> &Arc<dyn EventLog> {
        (**self).log()
    }

    fn listen(&self) -> BusReceiver {
        (**self).listen()
    }
}

/// A page that a bus publishes: all events of the log after one horizon, up to the end of the page.
///
/// [Example](crate::bus#example).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublishedPage {
    /// The end of the previous page.
    pub after: Horizon,
    /// The events.
    pub page: Page,
}

impl PublishedPage {
    /// Creates a published page from a page that was read after this horizon.
    #[must_use]
    pub fn new(after: Horizon, page: Page) -> Self {
        Self { after, page }
    }

    fn is_in_order(&self) -> bool {
        self.page.check_order(self.after).is_ok()
    }
}
