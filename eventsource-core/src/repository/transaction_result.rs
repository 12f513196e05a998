//! The result of a decision on several aggregates.

/// The result of a decision on drafts, which have the new events: `Ok(())`, or `Err` of a refusal.
///
/// A function that takes any such decision has this bound:
///
/// ```
/// use eventsource_core::repository::TransactionResult;
/// use eventsource_core::{
///     Aggregate, Apply, Draft, ExecuteError, Id, MemoryStore, Receipt, Repository, event, transact,
/// };
/// # #[event] pub enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// async fn on_two_new_carts<D>(
///     carts: &Repository<Cart>,
///     decide: impl FnMut(&mut [Draft<Cart>; 2]) -> D + Send,
/// ) -> Result<Receipt, ExecuteError<D::Refusal>>
/// where
///     D: TransactionResult<Refusal: Send>,
/// {
///     transact([carts.at(Id::new()), carts.at(Id::new())], decide).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let carts = Repository::new(MemoryStore::new());
/// let receipt = on_two_new_carts(&carts, |carts| {
///     carts.iter_mut().try_for_each(|cart| cart.decide(|_| Ok::<_, std::fmt::Error>(CartEvent::Opened)))
/// });
/// assert_eq!(receipt.await?.events, 2);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a decision on several aggregates returns `Result<(), _>`, not `{Self}`",
    label = "the decision does not return `Result<(), _>`",
    note = "add the events to the drafts, `draft.decide(..)?`, and write `Ok(())`, or `Err(refusal)` if a state does \
            not allow the command",
    note = "a decision cannot be `async`: it is a pure function of the states, and is run again after a conflict\n\
            load what it needs before `transact`, and leave side effects to a reactor: `#[derive(Reactor)]`"
)]
pub trait TransactionResult {
    /// The refusal.
    type Refusal;

    /// Converts the value.
    ///
    /// # Errors
    ///
    /// The refusal.
    fn into_result(self) -> Result<(), Self::Refusal>;
}

impl<R> TransactionResult for Result<(), R> {
    type Refusal = R;

    fn into_result(self) -> Self {
        self
    }
}
