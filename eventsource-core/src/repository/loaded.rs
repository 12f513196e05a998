//! An aggregate as it was found.

use std::ops::Deref;

use super::{LoadError, fold};
use crate::aggregate::Aggregate;
use crate::store::Revision;
use crate::values::{Id, StreamId};

/// An aggregate's state, which it derefs to, and the revision at which it was found.
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

impl<A: Aggregate> Loaded<A> {
    /// The aggregate in `stream`, before its events are folded.
    pub(super) fn initial(id: Id<A>, stream: &StreamId) -> Result<Self, LoadError> {
        Ok(Self {
            id,
            state: fold::initial(stream)?,
            revision: Revision::NONE,
        })
    }
}

impl<A> Loaded<A> {
    /// Which aggregate.
    pub fn id(&self) -> Id<A> {
        self.id
    }

    /// Where it stood.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The state by itself.
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
