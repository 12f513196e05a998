//! The optional abilities of stores.

/// The optional abilities of a store. A store refuses an operation that it does not declare with
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
    /// The support for [`Expect::NoneMatch`](super::Expect::NoneMatch).
    pub none_match: NoneMatchGuards,
    /// One commit may write any several streams.
    pub commit_over_streams: bool,
    /// The root ids of a category are listed in byte order.
    pub root_ids_sorted: bool,
    /// The guarantee of [`Freshness::Latest`](super::Freshness::Latest).
    pub latest: LatestReads,
}

impl Capabilities {
    /// All abilities, as a store on one machine has them.
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

/// The support for the expectation that no event matches a query.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoneMatchGuards {
    /// The store refuses such a commit.
    #[default]
    No,
    /// The store may return a conflict although no event matches, and a conflict has no missed events.
    Coarse,
    /// The store returns a conflict exactly if an event matches, with the missed events.
    Exact,
}

/// The guarantee of a read of the latest state.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LatestReads {
    /// The leader of the log answers. A leader that was paused or partitioned may return a stale state.
    /// Subscriptions and runners compare the last page of a log with [`watch`](super::EventLog::watch), and
    /// read up to the head if the page ends before it.
    #[default]
    Leader,
    /// The read sees every commit that was acknowledged before it started.
    Linearizable,
}
