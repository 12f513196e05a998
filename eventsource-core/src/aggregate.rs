//! Aggregates: states that are folds of their events.

pub(crate) mod commands;
mod handle;
mod named_id;
mod recorded_id;
pub(crate) mod snapshots;

use crate::event::EventSet;
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` does to it",
    label = "no `impl Apply<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Apply<{E}> for {Self} {{\n    \
                fn apply(&mut self, event: {E}) {{ .. }}\n\
            }}"
)]
pub trait Apply<E>: HasEvent<E> {
    /// Folds the event into the state.
    fn apply(&mut self, event: E);
}

/// A marker: `E` is an event of `Self`. Implemented by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[aggregate(events(.., {E}))]` on `{Self}`\n\
            or make it a variant of the enum in `#[aggregate(event = ..)]`"
)]
pub trait HasEvent<E> {}
