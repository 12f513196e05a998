//! Commands that are values.

use super::Aggregate;
use crate::event::IntoEvents;

/// Decides on a command that is a value, as a pure function of the aggregate's state.
///
/// If a command need not be a value, use a plain method and [`Repository::execute`].
///
/// ```
/// use eventsource_core::{Handle, Id, MemoryStore, Repository};
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub enum CartEvent { ItemAdded { sku: String } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// struct AddItem {
///     sku: String,
/// }
///
/// impl Handle<AddItem> for Cart {
///     type Events = CartEvent;
///     type Error = std::convert::Infallible;
///
///     fn handle(&self, command: &AddItem) -> Result<CartEvent, Self::Error> {
///         Ok(CartEvent::ItemAdded { sku: command.sku.clone() })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let carts = Repository::<Cart>::new(MemoryStore::new());
/// let receipt = carts.handle(Id::new(), &AddItem { sku: "tea".into() }).await.unwrap();
/// assert_eq!(receipt.revision().version(), 1);
/// # }
/// ```
///
/// [`Repository::execute`]: crate::Repository::execute
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle the command `{C}`",
    label = "no `impl Handle<{C}> for {Self}`",
    note = "what it decides on a command is said by this:\n\
            impl Handle<{C}> for {Self} {{\n    \
                type Events = ..;\n    \
                type Error = ..;\n    \
                fn handle(&self, command: &{C}) -> Result<Self::Events, Self::Error> {{ .. }}\n\
            }}"
)]
#[doc(alias("command", "command handler"))]
pub trait Handle<C: ?Sized>: Aggregate {
    /// The events of the decision; see [`IntoEvents`].
    type Events: IntoEvents<Self::Event>;

    /// The refusal of the command.
    type Error;

    /// Decides on the command.
    ///
    /// # Errors
    ///
    /// A refusal, if the state does not allow the command.
    fn handle(&self, command: &C) -> Result<Self::Events, Self::Error>;
}
