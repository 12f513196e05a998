//! The optional abilities of stores.

/// The optional abilities of a store. What a store does not declare it refuses with
/// [`StoreErrorKind::Unsupported`](super::StoreErrorKind::Unsupported).
///
/// ```
/// use eventsource_core::store::{Capabilities, NoneMatchGuards};
/// use eventsource_core::{MemoryStore, Store};
///
/// let mut declared = Capabilities::default();
/// assert!(!declared.follows);
/// declared.follows = true;
/// assert_eq!(MemoryStore::new().capabilities().none_match, NoneMatchGuards::Exact);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The store takes commits that expect [`Expect::Follows`](super::Expect::Follows), and stores
    /// them behind a commit that is not durable yet.
    pub follows: bool,
    /// How far the store keeps [`Expect::NoneMatch`](super::Expect::NoneMatch).
    pub none_match: NoneMatchGuards,
    /// One commit may write several streams, whichever they are.
    pub commit_over_streams: bool,
    /// The root ids of a category come in their byte order.
    pub root_ids_sorted: bool,
    /// How strong [`Freshness::Latest`](super::Freshness::Latest) is.
    pub latest: LatestReads,
}

impl Capabilities {
    /// Everything that a store on one machine can do.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            follows: true,
            none_match: NoneMatchGuards::Exact,
            commit_over_streams: true,
            root_ids_sorted: true,
            latest: LatestReads::Linearizable,
        }
    }
}

/// How far a store keeps the expectation that no event matches a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoneMatchGuards {
    /// The store refuses such a commit.
    #[default]
    No,
    /// The store may answer with a conflict where no event matches, and a conflict comes without
    /// the events that were missed.
    Coarse,
    /// A conflict is answered exactly where an event matches, and has the events that were missed.
    Exact,
}

/// How strong a read of the latest state is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LatestReads {
    /// The leader of the log answers. One that was paused, or cut off from the others, may answer
    /// from its past. Subscriptions and runners compare a page that ends the log with
    /// [`watch`](super::EventLog::watch), and read up to the head where the page has missed it.
    #[default]
    Leader,
    /// Every commit that was acknowledged before the read began is seen.
    Linearizable,
}
