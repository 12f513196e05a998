//! Ids of aggregates.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::environment::{Environment, SystemEnvironment};

/// The root id of an aggregate `A`: a UUID that the compiler does not accept as the id of another type of
/// aggregate.
///
/// ```
/// # use eventsource_core::{Aggregate, Apply, Id, event};
/// # #[event] enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// let new = Id::<Cart>::new();
/// assert_eq!(new.to_string().parse(), Ok(new));
/// assert_eq!(Id::<Cart>::from_name("basket 42"), Id::from_name("basket 42"));
/// ```
#[doc(alias("aggregate id", "stream id"))]
pub struct Id<A> {
    uuid: Uuid,
    aggregate: PhantomData<fn() -> A>,
}

impl<A> Id<A> {
    /// Creates an id: a UUID of version 7, so that later ids sort later.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default that is never the same twice surprises"
    )]
    pub fn new() -> Self {
        Self::new_in(&SystemEnvironment)
    }

    /// Creates an id in this environment; [`Id::new`] creates one in the
    /// [system](super::SystemEnvironment). A simulation that is replayed then creates the same ids.
    ///
    /// ```
    /// # use eventsource_core::{Aggregate, Apply, Id, event};
    /// # #[event] enum CartEvent { Opened }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] struct Cart;
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
    /// use eventsource_core::values::SystemEnvironment;
    ///
    /// let id = Id::<Cart>::new_in(&SystemEnvironment);
    /// assert_ne!(id, Id::new_in(&SystemEnvironment));
    /// ```
    #[must_use]
    pub fn new_in(environment: &(impl Environment + ?Sized)) -> Self {
        Self::from_uuid(environment.uuid())
    }

    /// The id with this UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            aggregate: PhantomData,
        }
    }

    /// The UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

// These impls are not derived, since a derive would require them of `A` too.

impl<A> Clone for Id<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Id<A> {}

impl<A> PartialEq for Id<A> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<A> Eq for Id<A> {}

impl<A> PartialOrd for Id<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A> Ord for Id<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<A> Hash for Id<A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<A> fmt::Debug for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.uuid)
    }
}

impl<A> fmt::Display for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}

impl<A> FromStr for Id<A> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::from_uuid)
    }
}

impl<A> Serialize for Id<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}

impl<'de, A> Deserialize<'de> for Id<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}
