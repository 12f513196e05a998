//! What is done when events happen.

mod deliveries;
mod delivery;
mod reactions;

use crate::projection::BoxError;
use crate::{DecodeError, EventType, Recorded, StoredEvent};
pub use deliveries::Deliveries;
pub(crate) use deliveries::Due;
pub use delivery::Delivery;
pub use reactions::Reactions;

/// A subscriber with side effects: mail, a request, another command. Implemented by
/// [`#[derive(Reactor)]`](macro@crate::Reactor).
///
/// Each event is delivered at least once, those of one stream in order, from the moment on at which
/// a [`Runner`](crate::Runner) with a reactor of this name was first started. It is never replayed:
/// a reactor cannot be rebuilt.
///
/// ```
/// use std::convert::Infallible;
/// use std::sync::Mutex;
///
/// use eventsource_core::{Delivery, React, Reactor, Recorded, event};
///
/// #[event]
/// pub struct CheckedOut {
///     pub email: String,
/// }
///
/// #[derive(Reactor, Default)]
/// #[reactor(name = "receipts", events(CheckedOut))]
/// pub struct Receipts {
///     outbox: Mutex<Vec<String>>,
/// }
///
/// impl React<CheckedOut> for Receipts {
///     type Error = Infallible;
///
///     async fn react(&self, event: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
///         self.outbox.lock().unwrap().push(event.email.clone());
///         Ok(())
///     }
/// }
///
/// assert_eq!(Receipts::NAME, "receipts");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reactor",
    label = "not a reactor",
    note = "add `#[derive(Reactor)]` to `{Self}`"
)]
pub trait Reactor: Send + Sync + Sized + 'static {
    /// What it is called: under this name it is stored how far it is.
    const NAME: &'static str;

    /// Whether it stops at the first event whose reaction fails, instead of parking its stream.
    const STOP_ON_ERROR: bool = false;

    /// The events that are reacted to, each of their sets.
    const EVENTS: &'static [&'static [EventType]];

    /// Adds what is to be delivered of a stored event, if it is reacted to.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    fn read(event: &StoredEvent<'_>, deliveries: &mut Deliveries<Self>) -> Result<(), DecodeError>;
}

/// What is done when an event, or any of a set, happens.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it does when `{E}` happens",
    label = "no `impl React<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl React<{E}> for {Self} {{\n    \
                type Error = ..;\n    \
                async fn react(&self, event: &Recorded<{E}>, delivery: &Delivery) -> Result<(), Self::Error> {{ .. }}\n\
            }}"
)]
pub trait React<E>: Reacts<E> {
    /// What can go wrong: any error, a text, or [`Infallible`](std::convert::Infallible).
    type Error: Into<BoxError>;

    /// Does it. If it fails or panics, the event is delivered again later, with the same
    /// [id](Delivery::id), and those behind it in its stream wait until it succeeds.
    ///
    /// It may be done again although it succeeded, and the future may be dropped at any `await`,
    /// when the runner is stopped: then it is delivered again.
    fn react(
        &self,
        event: &Recorded<E>,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Says that `Self` reacts to `E`. Implemented by
/// [`#[derive(Reactor)]`](macro@crate::Reactor).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[reactor(.., events(.., {E}))]` on `{Self}`"
)]
pub trait Reacts<E> {}
