//! All that can happen to one kind of aggregate.

use super::into_events::IntoEvents;
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
    /// several or none.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was handed over.
    fn decode(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> EventSet for E {
    const EVENTS: &'static [EventType] = &[EventType::of::<E>()];

    fn decode(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        if EventType::of::<E>().is_stored_as(context.name) {
            <E as Event>::decode(context, payload, each)
        } else {
            Err(DecodeError::UnknownName {
                name: context.name.to_owned(),
            })
        }
    }
}
