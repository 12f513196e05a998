//! Reactors: subscribers with side effects.
//!
//! # Example
//!
//! A reactor that treats all its events alike has one generic [`React`]; [`ReactsToEvent`] limits it to the
//! listed events.
//!
//! ```
//! use std::convert::Infallible;
//! use std::sync::{Arc, Mutex};
//!
//! use eventsource_core::event::EventSet;
//! use eventsource_core::reactor::ReactsToEvent;
//! use eventsource_core::runner::Pipeline;
//! use eventsource_core::{
//!     Aggregate, Apply, Delivery, Id, MemoryReadModels, MemoryStore, React, Reactor, Recorded,
//!     Repository, Runner, event,
//! };
//!
//! #[event]
//! pub struct Opened {}
//!
//! #[event]
//! pub struct Closed {}
//! # #[derive(Aggregate, Default)] #[aggregate(events(Opened, Closed))] pub struct Door;
//! # impl Apply<Opened> for Door { fn apply(&mut self, _: Opened) {} }
//! # impl Apply<Closed> for Door { fn apply(&mut self, _: Closed) {} }
//!
//! #[derive(Reactor, Clone, Default)]
//! #[reactor(name = "door-log", events(Opened, Closed))]
//! struct DoorLog {
//!     lines: Arc<Mutex<Vec<String>>>,
//! }
//!
//! impl<E: EventSet + Sync> React<E> for DoorLog
//! where
//!     DoorLog: ReactsToEvent<E>,
//! {
//!     type Error = Infallible;
//!
//!     async fn react(&self, recorded: &Recorded<E>, delivery: &Delivery) -> Result<(), Infallible> {
//!         let line = format!("{:?}, attempt {}", recorded.event, delivery.attempt);
//!         self.lines.lock().unwrap().push(line);
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let doors = Repository::<Door>::new(store.clone());
//! doors.execute(Id::new(), |_| Ok::<_, Infallible>((Opened {}, Closed {}))).await?;
//!
//! let log = DoorLog::default();
//! Runner::new(store, MemoryReadModels::new())
//!     .run(Pipeline::reactor(log.clone()).from_start())
//!     .catch_up()
//!     .await?;
//! assert_eq!(*log.lines.lock().unwrap(), ["Opened, attempt 1", "Closed, attempt 1"]);
//! # Ok(()) }
//! ```

mod deliveries;
mod delivery;
pub(crate) mod dispatch;

use crate::codec::DecodeError;
use crate::event::{EventType, Recorded};
use crate::projection::IntoBoxError;
use crate::store::StoredEvent;
pub use deliveries::Deliveries;
pub(crate) use deliveries::ErasedDelivery;
pub use delivery::Delivery;

/// A subscriber with side effects: mail, a request, another command. Implemented by
/// [`#[derive(Reactor)]`](macro@crate::Reactor).
///
/// - **From now on.** The first start of a [`Runner`](crate::Runner) with a reactor of this name stores
///   the head of the log as its checkpoint, and no event after it is missed. A later start continues at
///   the checkpoint. With
///   [`Pipeline::reactor(..).from_start()`](crate::runner::ReactorPipeline::from_start) it begins at the
///   first event.
/// - **At least once**, each time under the same [id](Delivery::id), so that a reaction has to be
///   idempotent. The checkpoint is stored after the events of each commit, so that a crash repeats those
///   of one commit at most. The same holds for a runner that was suspended and has lost its lease: it may
///   finish the current reaction before it notices. After a power cut the store may have lost the last
///   checkpoints, and more is repeated; in an `SQLite` file this is the work since the last event was
///   stored, and at most about five hundred commits. [`Delivery::attempt`] counts the attempts at a
///   commit, including those that a crash or a lost lease cut off.
/// - **In order** within a stream. A reaction that fails or panics parks its stream: it is retried with a
///   backoff of 1, 2, 4, … seconds, at most 5 minutes, and when a program starts. Later events of the
///   stream wait, and the other streams go on. [`Reactions`](crate::read_model::Reactions) lists the
///   parked streams. With `stop_on_error` in the attribute the reactor stops instead. An event that
///   cannot be decoded always stops it, before any reaction to its commit.
/// - **Never replayed**: a rebuild does not compile.
/// - **With a fixed list of events**: the runner that has the lease delivers the events that it lists and
///   skips the others permanently, even if a standby of a newer version lists more of them. So stop the
///   old version before a new one appends new kinds of events; or give the reactor a new name, under
///   which it begins anew.
///
/// A reactor handles the events of a store one after the other. A command that is executed
/// [on a delivery](crate::repository::Execute::on_delivery) has its effect once.
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
///     async fn react(&self, recorded: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
///         self.outbox.lock().unwrap().push(recorded.event.email.clone());
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
#[doc(alias(
    "event handler",
    "event listener",
    "outbox",
    "policy",
    "process manager",
    "saga",
    "side effect",
    "subscriber"
))]
pub trait Reactor: Send + Sync + Sized + 'static {
    /// The name, under which the checkpoint is stored.
    const NAME: &'static str;

    /// Whether the reactor stops at the first event whose reaction fails, instead of parking its stream.
    const STOP_ON_ERROR: bool = false;

    /// The events that are delivered, by their sets.
    const EVENTS: &'static [&'static [EventType]];

    /// Adds the deliveries of a stored event, if the reactor lists it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; then no delivery is added.
    fn read(event: &StoredEvent<'_>, deliveries: &mut Deliveries<Self>) -> Result<(), DecodeError>;
}

/// Reacts to an event, or to each event of a set.
///
/// [Example](crate::reactor#example).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it does when `{E}` happens",
    label = "no `impl React<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl React<{E}> for {Self} {{\n    \
                type Error = ..;\n    \
                async fn react(&self, recorded: &Recorded<{E}>, delivery: &Delivery) -> Result<(), Self::Error> {{ .. }}\n\
            }}"
)]
#[doc(alias = "event handler")]
pub trait React<E>: ReactsToEvent<E> {
    /// The error: any error type, a text, or [`Infallible`](std::convert::Infallible).
    type Error: IntoBoxError;

    /// Performs the side effect. If it fails or panics, the event is delivered again later with the same
    /// [id](Delivery::id), and later events of its stream wait until it succeeds.
    ///
    /// An event may be delivered again although the reaction succeeded. When the runner is stopped, the
    /// future may be dropped at any `await`, and the event is delivered again.
    fn react(
        &self,
        recorded: &Recorded<E>,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Marks that `Self` reacts to `E`. Implemented by
/// [`#[derive(Reactor)]`](macro@crate::Reactor).
///
/// [Example](crate::reactor#example).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[reactor(.., events(.., {E}))]` on `{Self}`"
)]
pub trait ReactsToEvent<E> {}
