//! The decisions that every store makes, without I/O. The stores of this workspace are built of these
//! parts. They are public under the feature `store-author`, for authors of other stores.
//!
//! An append waits in a [`Queue`](group_commit::Queue) for the [`Group`](group_commit::Group) that it
//! is written with ([`serve`](group_commit::serve)); a [`Decider`] decides whether and where each
//! [`NewCommit`] of a group is stored; a [`HeadWatch`] wakes the readers. A [`PageFiller`] fills their
//! pages.

mod damage;
mod decider;
mod digest_check;
mod event_sink;
pub mod group_commit;
mod head_watch;
mod imported_commits;
pub mod inline;
pub mod models;
mod new_commit;
mod page_filler;
mod receipt_builder;
mod slot_cache;
mod stream_visit;
mod version_order;
mod visit_clock;
mod visited_events;

pub use damage::Damage;
pub use decider::{
    Decided, Decider, Decision, Facts, Guard, Lookup, MissedEvents, Plan, PlannedEvent,
    PlannedStream, ReadFailure, StreamState,
};
pub use digest_check::check_digests;
pub use event_sink::EventSink;
pub use head_watch::HeadWatch;
pub use imported_commits::ImportedCommits;
pub use new_commit::NewCommit;
pub use page_filler::{FilledEvent, PageFiller, PageSource};
pub use receipt_builder::ReceiptBuilder;
pub use slot_cache::SlotCache;
pub use stream_visit::{LastEvent, StreamVisit};
pub use version_order::VersionOrder;
pub use visited_events::VisitedEvents;
