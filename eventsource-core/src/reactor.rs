//! What is done when events happen.

mod deliveries;
mod delivery;
pub(crate) mod dispatch;

use crate::codec::DecodeError;
use crate::event::{EventType, Recorded};
use crate::projection::BoxError;
use crate::store::StoredEvent;
pub use deliveries::Deliveries;
pub(crate) use deliveries::ErasedDelivery;
pub use delivery::Delivery;

/// A subscriber with side effects: mail, a request, another command. Implemented by
/// [`#[derive(Reactor)]`](macro@crate::Reactor).
///
/// - **From now on.** When a [`Runner`](crate::Runner) with a reactor of this name is started for the
///   first time, the head of the log is stored, and from there on no event is missed; a later start
///   goes on from where it was. With
///   [`Pipeline::reactor(..).from_start()`](crate::runner::ReactorPipeline::from_start) it begins with the
///   first event.
/// - **At least once**, each time under the same [id](Delivery::id). How far it is is written down
///   after the events of each commit, so that a kill repeats those of one commit at most. So does a
///   runner that was taken over while it slept: before it finds out, it may end what it is doing. After
///   a power cut the store may have lost how far it was, so that more is repeated; in an `SQLite` file
///   what was done since the last event was stored, and at most about five hundred commits.
///   [`Delivery::attempt`] says how often a commit was begun, kills and lost leases included.
/// - **In order** within a stream. A reaction that fails or panics parks its stream: it is tried again
///   after 1, 2, 4, … seconds, at most 5 minutes, and when a program starts; the events behind it in its
///   stream wait, and the other streams go on. [`Reactions`](crate::read_model::Reactions) tells which those are. With
///   `stop_on_error` in the attribute the reactor stops there instead. What cannot be read stops it in
///   any case, before anything of its commit is done.
/// - **Never replayed**: a rebuild does not compile.
/// - **Of one list of events**: whoever has the lease delivers those that it lists and goes past the
///   others, also where a newer program, which lists more of them, stands by. Let such a program append
///   its new kinds of events once the older ones have stopped; or give the reactor a new name, under
///   which it begins anew.
///
/// The reactions to the events of a store are done one after the other. A command that is given
/// [on a delivery](crate::repository::Execute::on_delivery) is carried out once.
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
pub trait React<E>: ReactsToEvent<E> {
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
pub trait ReactsToEvent<E> {}
