//! State, and how facts change it.

pub(crate) mod commands;
mod handle;
mod named_id;
pub(crate) mod snapshots;

use crate::event::EventSet;
pub use handle::Handle;
pub use snapshots::{ShapeError, SnapshotPolicy};

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
    /// What this kind of aggregate is called in the store, for ever.
    const CATEGORY: &'static str;

    /// Stored names of events that no longer mean anything to the state.
    const IGNORES: &'static [&'static str] = &[];

    /// When snapshots are taken, if ever.
    const SNAPSHOTS: Option<SnapshotPolicy<Self>> = None;

    /// How the state is copied, if it can be: the derive finds out whether it is `Clone`.
    ///
    /// The events that a decision comes to are folded before they are stored. With a copy a decision
    /// that meets a conflict goes on from the state that it was made on, and reads only what it
    /// missed; without one the state is loaded again. A copy costs its size in each decision that
    /// stores something.
    const CLONE: Option<fn(&Self) -> Self> = None;

    /// Every event that can happen to the aggregate.
    type Event: EventSet;
}

/// How one event, or any of a set, changes the state.
///
/// It must neither fail nor panic: the event has happened, and is applied again at each load. What
/// must not happen is for the decision to refuse. A new event over which it panics is not stored; over
/// a stored one, loading is an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` does to it",
    label = "no `impl Apply<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Apply<{E}> for {Self} {{\n    \
                fn apply(&mut self, event: {E}) {{ .. }}\n\
            }}"
)]
pub trait Apply<E>: HasEvent<E> {
    /// Takes the event into the state.
    fn apply(&mut self, event: E);
}

/// Says that `E` is an event of `Self`. Implemented by
/// [`#[derive(Aggregate)]`](macro@crate::Aggregate).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[aggregate(events(.., {E}))]` on `{Self}`\n\
            or make it a variant of the enum in `#[aggregate(event = ..)]`"
)]
pub trait HasEvent<E> {}
