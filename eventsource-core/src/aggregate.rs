//! Aggregates: states that are folds of their events.
//!
//! # Example
//!
//! The state has an [`Apply`] for each of its events. Its [`SnapshotPolicy`] encodes, decodes and describes it:
//!
//! ```
//! use std::num::NonZeroU64;
//!
//! use eventsource_core::aggregate::{ShapeError, SnapshotCodecError, SnapshotPolicy};
//! use eventsource_core::testing::Scenario;
//! use eventsource_core::{Aggregate, Apply, event};
//! use serde::{Deserialize, Serialize};
//!
//! #[event]
//! pub struct Opened {}
//!
//! #[event]
//! pub struct Closed {}
//!
//! #[derive(Aggregate, Default, Debug, PartialEq, Serialize, Deserialize)]
//! #[aggregate(events(Opened, Closed), snapshot(every = 100, version = 1))]
//! pub struct Door {
//!     moves: u32,
//! }
//!
//! impl Apply<Opened> for Door {
//!     fn apply(&mut self, _: Opened) {
//!         self.moves += 1;
//!     }
//! }
//!
//! impl Apply<Closed> for Door {
//!     fn apply(&mut self, _: Closed) {
//!         self.moves += 1;
//!     }
//! }
//!
//! let door = Door::given((Opened {}, Closed {}));
//! assert_eq!(door.moves, 2);
//!
//! let policy = Door::SNAPSHOTS.unwrap();
//! let bytes = policy.encode(&door)?;
//! assert_eq!(policy.decode(&bytes)?, door);
//! let damaged: Result<Door, SnapshotCodecError> = policy.decode(b"{");
//! assert!(damaged.is_err());
//!
//! // A state without a fixed shape cannot have snapshots unless there are samples of it.
//! let any = SnapshotPolicy::<serde_json::Value>::new(NonZeroU64::MIN, 1);
//! let shape: Result<String, ShapeError> = any.shape();
//! assert!(shape.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod commands;
mod decision_result;
mod handle;
mod named_id;
mod recorded_id;
pub(crate) mod snapshots;

use crate::event::EventSet;
pub use decision_result::DecisionResult;
pub use handle::Handle;
pub use snapshots::{ShapeError, SnapshotCodecError, SnapshotPolicy};

/// State that is a fold of its events. Implemented by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate).
///
/// The state starts as its `Default`, before the first event.
///
/// ```
/// use eventsource_core::{Aggregate, Apply, event};
///
/// #[event]
/// enum CartEvent {
///     ItemAdded { sku: String },
/// }
///
/// #[derive(Aggregate, Default)]
/// #[aggregate(event = CartEvent)]
/// struct Cart {
///     items: Vec<String>,
/// }
///
/// impl Apply<CartEvent> for Cart {
///     fn apply(&mut self, CartEvent::ItemAdded { sku }: CartEvent) {
///         self.items.push(sku);
///     }
/// }
///
/// assert_eq!(Cart::CATEGORY, "cart");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "add `#[derive(Aggregate)]` to `{Self}`"
)]
#[doc(alias("aggregate root", "decider", "entity"))]
pub trait Aggregate: Default + Apply<Self::Event> + Send + Sync + 'static {
    /// The name of this type of aggregate in the store. It never changes.
    const CATEGORY: &'static str;

    /// The stored names of events that no longer affect the state.
    const IGNORES: &'static [&'static str] = &[];

    /// The snapshot policy; `None` if no snapshots are taken.
    const SNAPSHOTS: Option<SnapshotPolicy<Self>> = None;

    /// The function that copies the state, if the state is `Clone`. The derive determines this.
    ///
    /// New events are folded into the state before they are stored. With a copy of the state before
    /// them, a decision that meets a conflict continues from the copy, and reads only the missed events.
    /// Without a copy the state is loaded again. Each decision that stores events makes one copy.
    const CLONE: Option<fn(&Self) -> Self> = None;

    /// The set of all events of the aggregate.
    type Event: EventSet;
}

/// The effect of an event, or of any event of a set, on the state.
///
/// `apply` must neither fail nor panic: the event has happened, and is applied again at each load. A
/// decision refuses what must not happen. If `apply` panics over a new event, the event is not stored. If
/// it panics over a stored event, the load fails.
///
/// [Example](crate::aggregate#example).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` does to it",
    label = "no `impl Apply<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Apply<{E}> for {Self} {{\n    \
                fn apply(&mut self, event: {E}) {{ .. }}\n\
            }}"
)]
#[doc(alias("event sourcing handler", "evolve"))]
pub trait Apply<E>: HasEvent<E> {
    /// Folds the event into the state.
    fn apply(&mut self, event: E);
}

/// A marker: `E` is an event of `Self`. Implemented by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate).
///
/// ```
/// use eventsource_core::aggregate::HasEvent;
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub struct Opened {}
/// # #[derive(Aggregate, Default)] #[aggregate(events(Opened))] pub struct Door;
/// # impl Apply<Opened> for Door { fn apply(&mut self, _: Opened) {} }
///
/// /// Describes an event in the history of an aggregate, which has to list it.
/// trait Describe<E>: HasEvent<E> {
///     fn describe(event: &E) -> String;
/// }
///
/// impl Describe<Opened> for Door {
///     fn describe(_: &Opened) -> String {
///         "the door was opened".to_owned()
///     }
/// }
///
/// assert_eq!(Door::describe(&Opened {}), "the door was opened");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[aggregate(events(.., {E}))]` on `{Self}`\n\
            or make it a variant of the enum in `#[aggregate(event = ..)]`"
)]
pub trait HasEvent<E> {}
