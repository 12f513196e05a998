//! Sets of events.

use super::into_events::IntoEvents;
use super::payload_codec::unknown_name;
use super::variant_names::VariantNames;
use super::{AnyEvent, Event, EventType};
use crate::codec::{DecodeError, PayloadContext};

/// A closed set of events. Implemented by [`#[event]`](macro@crate::event) on an enum, and by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate) for the enum that it generates from
/// `events(..)`. A single event is a set too.
///
/// ```
/// use eventsource_core::{EventSet, event};
///
/// #[event]
/// enum CartEvent {
///     ItemAdded { sku: String },
///     CheckedOut,
/// }
///
/// let names: Vec<_> = CartEvent::EVENTS.iter().map(|event| event.name).collect();
/// assert_eq!(names, ["cart.item-added", "cart.checked-out"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of events",
    label = "not a set of events",
    note = "mark the enum `{Self}` with `#[event]`"
)]
#[doc(alias = "domain event")]
pub trait EventSet: AnyEvent + PartialEq + IntoEvents<Self> + VariantNames + Sized {
    /// Every event in the set.
    const EVENTS: &'static [EventType];

    /// Decodes a stored event, and calls `each` with it, or after an upcast with several events or none.
    /// For many events, an [`EventDecoder`](crate::event::EventDecoder) looks up each name only once.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]. `each` was then not called.
    fn decode(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        match Self::index_of(context.name) {
            Some(index) => Self::decode_at(index, context, payload, each),
            None => unknown_name(context),
        }
    }

    /// The index in [`EVENTS`](Self::EVENTS) of the event that is or was stored under this name.
    #[must_use]
    fn index_of(name: &str) -> Option<usize> {
        Self::EVENTS
            .iter()
            .position(|event| event.is_stored_as(name))
    }

    /// Decodes a stored event of the type at this index of [`EVENTS`](Self::EVENTS), as
    /// [`decode`](Self::decode) does.
    ///
    /// # Errors
    ///
    /// See [`decode`](Self::decode).
    fn decode_at(
        index: usize,
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> EventSet for E {
    const EVENTS: &'static [EventType] = &[EventType::of::<E>()];

    fn decode_at(
        _: usize,
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        <E as Event>::decode(context, payload, each)
    }
}
