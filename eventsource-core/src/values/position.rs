//! Positions of events in a store.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::offset::Offset;

/// The place of an event in its store: a log, and an offset in it. Offsets increase in the order in
/// which readers may see the events of a log. A log may have gaps, for example if a server
/// assigns the offsets, so a reader cannot calculate the next offset.
///
/// Positions in different logs have no order, so that `Position` has neither `Ord` nor `PartialOrd`:
/// [`compare`](Self::compare) returns `None` for them. Within one log, compare the
/// [offsets](Self::offset).
///
/// ```
/// use std::cmp::Ordering;
/// use eventsource_core::Position;
///
/// let (first, later) = (Position::new(1), Position::new(7));
/// assert_eq!(first.compare(later), Some(Ordering::Less));
/// assert_eq!(first.compare(later.in_log(1)), None);
/// assert!(first.offset() < later.offset());
/// assert_eq!(later.to_string(), "7");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[doc(alias("global position", "offset", "sequence number"))]
pub struct Position {
    log: u32,
    offset: Offset,
}

impl Position {
    /// The position before the first event of every store.
    pub const START: Self = Self::new(0);

    /// The position with this offset in log 0, the only one of a store that is not sharded. An
    /// offset above [`Offset::MAX`] becomes `Offset::MAX`; see [`Offset::new`].
    #[must_use]
    pub const fn new(offset: u64) -> Self {
        let offset = Offset::new(offset);
        Self { log: 0, offset }
    }

    /// Sets the log, for a sharded store.
    #[must_use]
    pub const fn in_log(self, log: u32) -> Self {
        Self {
            log,
            offset: self.offset,
        }
    }

    /// The number of the log; 0 unless the store is sharded.
    #[must_use]
    pub const fn log(self) -> u32 {
        self.log
    }

    /// The offset in the log.
    #[must_use]
    pub const fn offset(self) -> Offset {
        self.offset
    }

    /// The later one of two positions that are known to be in one log.
    pub(crate) fn later(self, other: Self) -> Self {
        if other.offset > self.offset {
            return other;
        }
        self
    }

    /// The order of two positions of one log; `None` if they are in different logs, which have no
    /// common order.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        (self.log == other.log).then(|| self.offset.cmp(&other.offset))
    }
}

/// Writes the offset, after `log:` unless the log is 0.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.log {
            0 => self.offset.fmt(f),
            log => f.pad(&format!("{log}:{}", self.offset)),
        }
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (log, offset) = text.split_once(':').unwrap_or(("0", text));
        let parts = log.parse().ok().zip(offset.parse().ok());
        let position = parts.map(|(log, offset)| Self::new(offset).in_log(log));
        // Other forms, such as `+7` or `007`, are refused.
        position
            .filter(|position| position.to_string() == text)
            .ok_or_else(|| ParsePositionError::new(text, "a position like `17`"))
    }
}

/// The error of a text that is not a position, revision or horizon.
///
/// ```
/// use eventsource_core::Position;
/// use eventsource_core::values::ParsePositionError;
///
/// let parsed: Result<Position, ParsePositionError> = "seven".parse();
/// assert!(parsed.is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct ParsePositionError {
    text: String,
    /// The expected form, with an example.
    expected: &'static str,
}

impl ParsePositionError {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        let text = text.to_owned();
        Self { text, expected }
    }
}
