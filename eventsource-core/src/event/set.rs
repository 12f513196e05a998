//! All that can happen to one kind of aggregate.

use super::into_events::IntoEvents;
use super::payload_codec::unknown_name;
use super::{AnyEvent, Event, EventType};
use crate::codec::{DecodeError, PayloadContext};

/// A closed set of events. Implemented by [`#[event]`](macro@crate::event) on an enum, and by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate) for the enum it writes from `events(..)`; a
/// single event is a set as well.
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
pub trait EventSet: AnyEvent + PartialEq + IntoEvents<Self> + Sized {
    /// Every event in the set.
    const EVENTS: &'static [EventType];

    /// What they are called in the code, each at the place of its event; nothing where the set is a
    /// single event.
    const VARIANTS: &'static [&'static str] = &[];

    /// Reads a stored event and hands what became of it to `each`: one event, or after an upcast
    /// several or none. An [`EventDecoder`](crate::event::EventDecoder) does the same for many events,
    /// and looks up each name once.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was handed over.
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

    /// The place of the event in [`EVENTS`](Self::EVENTS) that is or was stored under this name.
    #[must_use]
    fn index_of(name: &str) -> Option<usize> {
        Self::EVENTS.iter().position(|of| of.is_stored_as(name))
    }

    /// Reads a stored event of the type at this place of [`EVENTS`](Self::EVENTS), as
    /// [`decode`](Self::decode) does.
    ///
    /// # Errors
    ///
    /// The same.
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
