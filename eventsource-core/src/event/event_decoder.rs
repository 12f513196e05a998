//! Decoding the events of pages, with one look-up for each type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::decode::decode_for;
use super::recorded::Recorded;
use super::set::EventSet;
use crate::codec::DecodeError;
use crate::store::{StoredEvent, TypeIndex};

/// Decodes stored events as events of the set `E`. The events of a page, or of a visit, share their types,
/// so the decoder looks up the name of each type once and not for each event.
///
/// ```
/// use eventsource_core::event::EventDecoder;
/// use eventsource_core::store::{Page, ReadLog};
/// # use eventsource_core::{EventLog, MemoryStore, Query, event};
///
/// #[event]
/// enum CartEvent {
///     ItemAdded { sku: String },
///     CheckedOut,
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new();
/// let page = store.read(ReadLog::new(Query::all())).await?;
/// let (mut decoder, mut carts) = (EventDecoder::<CartEvent>::new(), Vec::new());
/// for event in page.events() {
///     decoder.decode(&event, |event| carts.push(event))?;
/// }
/// # Ok(()) }
/// ```
pub struct EventDecoder<E> {
    /// The known types, by their index in the page.
    types: Vec<Option<KnownType>>,
    events: PhantomData<fn() -> E>,
}

/// A type that was looked up. Another page may have another type at this index. Its name is then another
/// allocation.
struct KnownType {
    name: Arc<str>,
    /// The index of the event in the set.
    index: Option<usize>,
}

impl<E: EventSet> EventDecoder<E> {
    /// Creates a decoder that knows no type yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            types: Vec::new(),
            events: PhantomData,
        }
    }

    /// Decodes an event, and calls `each` with it, or after an upcast with several events or none.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]. `each` was then not called.
    ///
    /// # Panics
    ///
    /// If `each` panics.
    pub fn decode(
        &mut self,
        event: &StoredEvent<'_>,
        each: impl FnMut(E),
    ) -> Result<(), DecodeError> {
        let index = self.index_of(event.name, event.interned);
        decode_for(index, &event.context(), event.payload, each)
    }

    /// Decodes an event with its envelope, as [`decode`](Self::decode) does.
    ///
    /// # Errors
    ///
    /// See [`decode`](Self::decode).
    ///
    /// # Panics
    ///
    /// If `each` panics.
    pub fn recorded(
        &mut self,
        event: &StoredEvent<'_>,
        each: &mut dyn FnMut(Recorded<E>),
    ) -> Result<(), DecodeError> {
        let index = self.index_of(event.name, event.interned);
        Recorded::decode_at(index, event, each)
    }

    /// The index in the set of the event with this name. The name may be interned in a page.
    pub(crate) fn index_of(
        &mut self,
        name: &str,
        interned: Option<(TypeIndex, &Arc<str>)>,
    ) -> Option<usize> {
        let Some((type_index, name)) = interned else {
            return E::index_of(name);
        };
        match self.types.get(type_index.place()) {
            Some(Some(known)) if Arc::ptr_eq(&known.name, name) => known.index,
            _ => self.learn(type_index.place(), name),
        }
    }

    #[cold]
    fn learn(&mut self, place: usize, name: &Arc<str>) -> Option<usize> {
        if place >= self.types.len() {
            self.types.resize_with(place + 1, || None);
        }
        let index = E::index_of(name);
        let name = Arc::clone(name);
        self.types[place] = Some(KnownType { name, index });
        index
    }
}

impl<E: EventSet> Default for EventDecoder<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for EventDecoder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventDecoder")
            .field("types", &self.types.len())
            .finish()
    }
}
