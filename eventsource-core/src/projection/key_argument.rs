//! The argument of the function that gives the key of an event.

use crate::event::{EventSet, Recorded};

/// Says that the function of a key can take `Self` of an event of the set `E`: the event with where
/// it was recorded, or the event alone.
#[diagnostic::on_unimplemented(
    message = "the function of the key does not take the events `{E}`",
    label = "takes `&{Self}`, neither `&{E}` nor `&Recorded<{E}>`"
)]
pub trait KeyArgument<E> {
    /// The argument, of the event that is recorded.
    fn of(recorded: &Recorded<E>) -> &Self;
}

impl<E> KeyArgument<E> for Recorded<E> {
    fn of(recorded: &Self) -> &Self {
        recorded
    }
}

impl<E: EventSet> KeyArgument<E> for E {
    fn of(recorded: &Recorded<E>) -> &Self {
        &recorded.event
    }
}

/// The argument that the function wants, which its signature says.
pub fn key_argument<E, A: KeyArgument<E> + ?Sized>(recorded: &Recorded<E>) -> &A {
    A::of(recorded)
}
