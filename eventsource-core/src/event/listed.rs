//! The events in a list.

use super::{AnyEvent, Event, EventType};
use crate::codec::{DecodeError, PayloadContext};

/// An event in `events(..)`. All that the generated set asks of it is here, so that a type which
/// is no event makes one message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`\n\
            if it is an enum, its variants are the events: `#[aggregate(event = {Self})]`"
)]
pub trait Listed: Sized {
    /// The type of the event.
    const TYPE: EventType;

    /// The event, whatever its type.
    fn as_any_event(&self) -> &dyn AnyEvent;

    /// A clone.
    #[must_use]
    fn copy(&self) -> Self;

    /// See [`Event::decode`].
    ///
    /// # Errors
    ///
    /// The same.
    fn read(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> Listed for E {
    const TYPE: EventType = EventType::of::<E>();

    fn as_any_event(&self) -> &dyn AnyEvent {
        self
    }

    fn copy(&self) -> Self {
        self.clone()
    }

    fn read(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        <E as Event>::decode(context, payload, each)
    }
}

/// Whether `other` is an event of the same type, and equal.
pub fn same<S: AnyEvent + PartialEq>(event: &S, other: &dyn AnyEvent) -> bool {
    other.as_any().downcast_ref() == Some(event)
}
