//! How new the data of a read has to be.

use crate::values::Position;

/// How new the data of a read has to be, for stores that answer from copies of the log.
///
/// A store without copies, such as `MemoryStore` or `SqliteStore`, always answers from the newest
/// state.
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
    /// The read sees every commit that was acknowledged before it began, by whichever process. How
    /// strong that is, [`Capabilities::latest`](super::Capabilities::latest) says.
    #[default]
    Latest,
    /// The read sees every commit up to this position.
    AtLeast(Position),
    /// The read may miss the newest commits.
    Any,
}
