//! An event with what is known of it.

use std::sync::Arc;

use uuid::Uuid;

use super::set::EventSet;
use crate::codec::DecodeError;
use crate::store::{CommitHeader, Horizon, Revision, StoredEvent};
use crate::values::{Position, StreamId};

/// A stored event, read: the event itself, and where and when it was recorded.
///
/// The fields of the event are those of `recorded.event`; everything else is a method. So no name of a
/// method can hide a field of an event.
///
/// ```
/// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event};
/// # #[event] pub enum CartEvent { ItemAdded { sku: String } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let carts = Repository::<Cart>::new(MemoryStore::new());
/// # let id = Id::new();
/// carts.execute(id, |_| Ok::<_, ()>(CartEvent::ItemAdded { sku: "tea".into() })).await.unwrap();
/// let history = carts.history(id).await?;
/// assert_eq!(history[0].event, CartEvent::ItemAdded { sku: "tea".into() });
/// assert_eq!((history[0].id::<Cart>(), history[0].version()), (id, 1));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[doc(alias("envelope", "event envelope"))]
pub struct Recorded<E> {
    /// The event.
    pub event: E,
    pub(crate) stream: StreamId,
    pub(crate) version: u64,
    pub(crate) position: Position,
    pub(crate) part: u32,
    pub(crate) commit: Arc<CommitHeader>,
}

impl<E> Recorded<E> {
    /// The stream it is in.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Its place in the stream, from 1.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its place in the store.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The number of this part, from 0, where an upcast (`split`) made several events of the stored
    /// one. All parts have one position and one version.
    pub fn part(&self) -> u32 {
        self.part
    }

    /// The commit it came in, with its time and metadata.
    pub fn commit(&self) -> &CommitHeader {
        &self.commit
    }

    /// The revision of the aggregate after this event.
    pub fn revision(&self) -> Revision {
        Revision::new(self.version, self.position, self.commit.id)
    }

    /// The end of the log for a reader that has read up to this event.
    pub fn horizon(&self) -> Horizon {
        Horizon::new(self.position, self.commit.id)
    }

    /// The UUID of the aggregate it happened to. [`Recorded::id`] is its typed id.
    pub fn root_id(&self) -> Uuid {
        self.stream.root_id()
    }
}

impl<E: EventSet> Recorded<E> {
    /// Decodes an event of a page, and calls `each` with it, or after an upcast with several events or
    /// none.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]. `each` was then not called.
    ///
    /// # Panics
    ///
    /// If `each` panics.
    pub fn decode(stored: &StoredEvent<'_>, each: &mut dyn FnMut(Self)) -> Result<(), DecodeError> {
        Self::decode_at(E::index_of(stored.name), stored, each)
    }

    /// Decodes an event by its index in the set, if it is in the set.
    pub(super) fn decode_at(
        index: Option<usize>,
        stored: &StoredEvent<'_>,
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        let mut part = 0;
        super::decode::decode_for(index, &stored.context(), stored.payload, |event| {
            each(Self {
                event,
                stream: stored.stream.clone(),
                version: stored.version,
                position: stored.position,
                part,
                commit: Arc::clone(stored.commit),
            });
            part += 1;
        })
    }
}
