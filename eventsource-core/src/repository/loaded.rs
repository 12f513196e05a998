//! An aggregate as it was loaded.

use std::ops::Deref;

use crate::store::Revision;
use crate::values::Id;

/// The state of an aggregate, and its revision. Dereferences to the state.
///
/// ```
/// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, Revision, event};
/// # #[event] pub enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { items: u32 }
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let carts = Repository::<Cart>::new(MemoryStore::new());
/// let cart = carts.load(Id::new()).await?;
/// assert_eq!((cart.items, cart.revision()), (0, Revision::NONE));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<A> {
    pub(super) id: Id<A>,
    pub(super) state: A,
    pub(super) revision: Revision,
}

impl<A> Loaded<A> {
    /// The id of the aggregate.
    pub fn id(&self) -> Id<A> {
        self.id
    }

    /// The revision that the aggregate was loaded at.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns the state.
    pub fn into_state(self) -> A {
        self.state
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}
