//! The result of a decision.

use crate::event::IntoEvents;

/// The result of a decision on an aggregate with the events `S`: `Ok` of the new events, or `Err` of a
/// refusal.
///
/// A function that takes any decision has this bound:
///
/// ```
/// use eventsource_core::aggregate::DecisionResult;
/// use eventsource_core::{Aggregate, Apply, ExecuteError, Id, MemoryStore, Receipt, Repository, event};
/// # #[event] pub enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// async fn on_a_new_cart<D>(
///     carts: &Repository<Cart>,
///     decide: impl FnMut(&Cart) -> D + Send,
/// ) -> Result<Receipt, ExecuteError<D::Refusal>>
/// where
///     D: DecisionResult<CartEvent, Refusal: Send>,
/// {
///     carts.execute(Id::new(), decide).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let carts = Repository::new(MemoryStore::new());
/// let receipt = on_a_new_cart(&carts, |_| Ok::<_, std::fmt::Error>(CartEvent::Opened)).await?;
/// assert_eq!(receipt.events, 1);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a decision returns a `Result`, not `{Self}`",
    label = "the decision does not return a `Result`",
    note = "write `Ok(events)`, or `Err(refusal)` if the state does not allow the command",
    note = "a decision cannot be `async`: it is a pure function of the state, and is run again after a conflict\n\
            load what it needs before `execute`, and leave side effects to a reactor: `#[derive(Reactor)]`"
)]
pub trait DecisionResult<S> {
    /// The events; see [`IntoEvents`].
    type Events: IntoEvents<S>;

    /// The refusal.
    type Refusal;

    /// Converts the value.
    ///
    /// # Errors
    ///
    /// The refusal.
    fn into_result(self) -> Result<Self::Events, Self::Refusal>;
}

impl<S, V: IntoEvents<S>, R> DecisionResult<S> for Result<V, R> {
    type Events = V;
    type Refusal = R;

    fn into_result(self) -> Self {
        self
    }
}
