//! An event in a list of events.

use super::{AnyEvent, Event, EventType};
use crate::codec::{DecodeError, PayloadContext};

/// An event in `events(..)`. The generated set needs only this trait, so that the compiler reports a type
/// that is not an event once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`\n\
            if it is an enum, its variants are the events: `#[aggregate(event = {Self})]`"
)]
pub trait Listed: Sized {
    /// The type of the event.
    const TYPE: EventType;

    /// The event as a trait object.
    fn as_any_event(&self) -> &dyn AnyEvent;

    /// Clones the event.
    #[must_use]
    fn copy(&self) -> Self;

    /// Decodes the event; see [`Event::decode`].
    ///
    /// # Errors
    ///
    /// See [`Event::decode`].
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
