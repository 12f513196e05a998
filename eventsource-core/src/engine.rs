//! What every store decides, without I/O: parts that a store is built of.
//!
//! The stores of this workspace stand on them. They are public under the feature `store-author`, for
//! authors of other stores.
//!
//! An append waits in a [`Queue`](group_commit::Queue) for the [`Group`](group_commit::Group) that it is written with ([`serve`](group_commit::serve)); a [`Decider`] says
//! whether and where each [`NewCommit`] of a group is stored; a [`HeadWatch`] wakes the readers.

mod decider;
pub mod group_commit;
mod head_watch;
pub mod inline;
pub mod models;
mod new_commit;
mod receipt_builder;

pub use decider::{
    Decided, Decider, Decision, Facts, Guard, Lookup, MissedEvents, Plan, PlannedEvent,
    PlannedStream, StreamState,
};
pub use head_watch::HeadWatch;
pub use new_commit::NewCommit;
pub use receipt_builder::ReceiptBuilder;
