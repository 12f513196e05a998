//! A state with its revision.

use crate::store::Revision;

/// A state, and the revision of its stream up to which the events are folded into it.
pub struct StateAt<S> {
    pub(super) state: S,
    pub(super) revision: Revision,
}
