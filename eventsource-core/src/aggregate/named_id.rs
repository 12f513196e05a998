//! Ids of aggregates that have a natural key.

use uuid::{Uuid, uuid};

use super::Aggregate;
use crate::values::Id;

/// The UUID namespace of named ids. It never changes, since stored ids were made with it.
pub(crate) const NAMESPACE: Uuid = uuid!("9d4e2f0a-5c1b-5e57-9b0e-1d0c6f6a7e21");

impl<A: Aggregate> Id<A> {
    /// The id that always belongs to this name in the aggregate's category, for an aggregate with a
    /// natural key: a UUID of version 5.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let category = Uuid::new_v5(&NAMESPACE, A::CATEGORY.as_bytes());
        Self::from_uuid(Uuid::new_v5(&category, name.as_bytes()))
    }
}
