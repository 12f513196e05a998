//! An aggregate as it was found.

use std::ops::Deref;
use std::str::FromStr;
use std::time::SystemTime;

use super::{LoadError, fold};
use crate::aggregate::Aggregate;
use crate::store::Revision;
use crate::values::{Id, ParseTimestampError, StreamId, Timestamp};

/// An aggregate's state, which it derefs to, and the revision at which it was found.
///
/// ```
/// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, Revision, event};
/// # #[event] pub enum CartEvent { Opened }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { items: u32 }
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let carts = Repository::<Cart>::new(MemoryStore::new());
/// let cart = carts.load(Id::new()).await?;
/// assert_eq!((cart.items, cart.revision()), (0, Revision::NONE));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<A> {
    pub(super) id: Id<A>,
    pub(super) state: A,
    pub(super) revision: Revision,
}

impl<A: Aggregate> Loaded<A> {
    /// The aggregate in `stream`, before its events are folded.
    pub(super) fn initial(id: Id<A>, stream: &StreamId) -> Result<Self, LoadError> {
        Ok(Self {
            id,
            state: fold::initial(stream)?,
            revision: Revision::NONE,
        })
    }
}

impl<A> Loaded<A> {
    /// Which aggregate.
    pub fn id(&self) -> Id<A> {
        self.id
    }

    /// Where it stood.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The state by itself.
    pub fn into_state(self) -> A {
        self.state
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}

/// A point in the life of an aggregate: after which version, or at which time.
///
/// ```
/// use eventsource_core::{Moment, Timestamp};
///
/// assert_eq!(Moment::from(3), Moment::Version(3));
/// let _ = Moment::from(Timestamp::from_micros(0));
/// ```
///
/// A time from a text includes the whole unit of its last digit, because the text may be a recorded
/// time that was cut: browsers send milliseconds. So `….123Z` is the end of that millisecond, while
/// [`Timestamp`] reads its start.
///
/// ```
/// # use eventsource_core::{Moment, Timestamp};
/// let of_a_browser: Moment = "2017-01-01T12:00:00.123Z".parse()?;
/// let end: Timestamp = "2017-01-01T12:00:00.123999Z".parse()?;
/// assert_eq!(of_a_browser, Moment::Time(end));
/// # Ok::<(), eventsource_core::values::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// After the event with this version; 0 is before the first.
    Version(u64),
    /// After the last event that the store recorded no later than this.
    Time(Timestamp),
}

impl From<u64> for Moment {
    fn from(version: u64) -> Self {
        Self::Version(version)
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        Self::Time(time.into())
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

/// The end of a time in RFC 3339: of the second, or of the fraction that it is written with.
impl FromStr for Moment {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let start: Timestamp = text.parse()?;
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let micros = (digits..MICRO_DIGITS).fold(1, |unit, _| unit * 10);
        let end = Timestamp::from_micros(start.as_micros() + micros - 1);
        Ok(Self::Time(end))
    }
}

/// How many digits behind the point a microsecond has.
const MICRO_DIGITS: usize = 6;
