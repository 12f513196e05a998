//! The point in its history up to which an aggregate is loaded.

use std::str::FromStr;
use std::time::SystemTime;

use crate::store::{MetadataError, StoredEvent};
use crate::values::{ParseTimestampError, Timestamp};

/// The point in an aggregate's history up to which [`load_at`](super::Repository::load_at) folds its
/// events: a version, or a time.
///
/// There are two kinds of times (bitemporal data). An event is *recorded* when the store commits it. It
/// *occurred* at the time that the application sets in
/// [`Metadata::occurred_at`](crate::Metadata::occurred_at), as an import of older records does. The state
/// as recorded contains the events that the system knew at that time. The state as occurred contains the
/// events that happened until that time, as far as they are known today.
///
/// ```
/// use eventsource_core::{
///     Aggregate, Apply, AsOf, Id, MemoryStore, Metadata, Repository, Timestamp, event,
/// };
///
/// # #[event] pub enum AccountEvent { Deposited { cents: u64 } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = AccountEvent)] pub struct Account { cents: u64 }
/// # impl Apply<AccountEvent> for Account {
/// #     fn apply(&mut self, event: AccountEvent) {
/// #         let AccountEvent::Deposited { cents } = event;
/// #         self.cents += cents;
/// #     }
/// # }
/// # #[derive(Debug, thiserror::Error)] #[error("no")] pub struct No;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let accounts = Repository::<Account>::new(MemoryStore::new());
/// let (id, in_2011): (_, Timestamp) = (Id::new(), "2011-05-01T12:00:00Z".parse()?);
/// let deposit = |_: &Account| Ok::<_, No>(AccountEvent::Deposited { cents: 500 });
/// accounts
///     .execute(id, deposit)
///     .metadata(Metadata::new().occurred_at(in_2011))
///     .await?;
///
/// let end_of_2011: Timestamp = "2011-12-31T23:59:59Z".parse()?;
/// assert_eq!(accounts.load_at(id, AsOf::occurred(end_of_2011)).await?.cents, 500);
/// assert_eq!(accounts.load_at(id, AsOf::recorded(end_of_2011)).await?.cents, 0);
/// assert_eq!(accounts.load_at(id, 1).await?.cents, 500); // after the first event
/// # Ok(()) }
/// ```
///
/// A number converts to a version, and a [`Timestamp`] or a [`SystemTime`] to a recorded time. A recorded
/// time that is parsed from a text includes the whole unit of its last digit, because the text may be a
/// truncated time: browsers send milliseconds. So `….123Z` is the end of that millisecond, while
/// [`Timestamp`] parses it as its start.
///
/// ```
/// # use eventsource_core::{AsOf, Timestamp};
/// let of_a_browser: AsOf = "2017-01-01T12:00:00.123Z".parse()?;
/// let end: Timestamp = "2017-01-01T12:00:00.123999Z".parse()?;
/// assert_eq!(of_a_browser, AsOf::recorded(end));
/// # Ok::<(), eventsource_core::values::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("point in time", "temporal query", "time travel"))]
pub enum AsOf {
    /// The state after the event with this version; 0 is before the first event.
    Version(u64),
    /// The state before the first event that the store recorded later than this.
    RecordedAt(Timestamp),
    /// The state before the first event that occurred later than this. An event whose commit has no
    /// `occurred_at` occurred when it was recorded.
    OccurredAt(Timestamp),
}

impl AsOf {
    /// The state as the store had it at this time. The recorded times of one aggregate never decrease,
    /// even if a clock was set back. So the state contains all events that the store had by then. The
    /// times of different aggregates come from the clocks of their writers.
    #[must_use]
    pub const fn recorded(time: Timestamp) -> Self {
        Self::RecordedAt(time)
    }

    /// The state at this time, from the events before the first one that occurred later. (A fold cannot
    /// leave out events in the middle.)
    #[must_use]
    pub const fn occurred(time: Timestamp) -> Self {
        Self::OccurredAt(time)
    }

    /// Whether this point is before an event. The commit of the event must come with its metadata.
    pub(super) fn is_before(self, event: &StoredEvent<'_>) -> Result<bool, MetadataError> {
        let commit = event.commit;
        Ok(match self {
            Self::Version(version) => event.version > version,
            Self::RecordedAt(time) => commit.recorded_at > time,
            Self::OccurredAt(time) => {
                let occurred_at = commit.try_metadata()?.occurred_at;
                occurred_at.unwrap_or(commit.recorded_at) > time
            }
        })
    }
}

impl From<u64> for AsOf {
    fn from(version: u64) -> Self {
        Self::Version(version)
    }
}

impl From<SystemTime> for AsOf {
    fn from(time: SystemTime) -> Self {
        Self::RecordedAt(time.into())
    }
}

impl From<Timestamp> for AsOf {
    fn from(time: Timestamp) -> Self {
        Self::RecordedAt(time)
    }
}

/// Parses a recorded time in RFC 3339, as the end of its second, or of the fraction that it is written
/// with.
impl FromStr for AsOf {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let start: Timestamp = text.parse()?;
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let micros = (digits..MICRO_DIGITS).fold(1, |unit, _| unit * 10);
        let end = Timestamp::from_micros(start.as_micros() + micros - 1);
        Ok(Self::RecordedAt(end))
    }
}

/// The digits of a microsecond behind the decimal point.
const MICRO_DIGITS: usize = 6;
