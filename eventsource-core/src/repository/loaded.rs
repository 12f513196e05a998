//! An aggregate as it was loaded.

use std::ops::Deref;

use crate::store::Revision;
use crate::values::Id;

/// The state of an aggregate, and its revision. Dereferences to the state.
///
/// Its own functions are called as those of an `Arc`, `Loaded::revision(&cart)`, so that none of them
/// hides a method of the state.
///
/// ```
/// # use eventsource_core::{Aggregate, Apply, Id, Loaded, MemoryStore, Repository, Revision, event};
/// # #[event] pub enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { items: u32 }
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let carts = Repository::<Cart>::new(MemoryStore::new());
/// let cart = carts.load(Id::new()).await?;
/// assert_eq!((cart.items, Loaded::revision(&cart)), (0, Revision::NONE));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "aggregate state")]
pub struct Loaded<A> {
    pub(super) id: Id<A>,
    pub(super) state: A,
    pub(super) revision: Revision,
}

impl<A> Loaded<A> {
    /// The id of the aggregate.
    pub fn id(loaded: &Self) -> Id<A> {
        loaded.id
    }

    /// The revision that the aggregate was loaded at.
    pub fn revision(loaded: &Self) -> Revision {
        loaded.revision
    }

    /// Returns the state.
    pub fn into_state(loaded: Self) -> A {
        loaded.state
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}
