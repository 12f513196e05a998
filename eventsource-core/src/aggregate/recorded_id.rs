//! The typed id of the aggregate that a recorded event happened to.

use super::Aggregate;
use crate::event::Recorded;
use crate::values::Id;

impl<E> Recorded<E> {
    /// The id of the aggregate it happened to, which is an `A`. [`Recorded::root_id`] is the UUID of
    /// any aggregate.
    ///
    /// # Panics
    ///
    /// If the event happened to another kind of aggregate: the category of its stream is not that
    /// of `A`.
    #[track_caller]
    pub fn id<A: Aggregate>(&self) -> Id<A> {
        let category = self.stream().category();
        assert!(
            category == A::CATEGORY,
            "an event of the category `{category}` has no id of the category `{}`",
            A::CATEGORY
        );
        Id::from_uuid(self.root_id())
    }
}
