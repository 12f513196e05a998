//! The freshness of reads.

use crate::values::Position;

/// The required freshness of a read, for stores that read from replicas of the log.
///
/// A store without replicas, such as `MemoryStore` or `SqliteStore`, always reads the newest state.
///
/// ```
/// use eventsource_core::store::{Freshness, ReadLog};
/// use eventsource_core::{Position, Query};
///
/// let read = ReadLog::new(Query::all()).freshness(Freshness::AtLeast(Position::new(17)));
/// # let _ = read;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// The read sees every commit, of any process, that was acknowledged before the read started, with the
    /// guarantee of [`Capabilities::latest`](super::Capabilities::latest).
    #[default]
    Latest,
    /// The read sees every commit up to this position.
    AtLeast(Position),
    /// The read may miss the newest commits.
    Any,
}
