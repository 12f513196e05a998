//! Where events stand in a store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where an event stands in its store. Positions increase in the order in which readers may see
/// events; some are never used.
///
/// ```
/// use eventsource_core::Position;
///
/// assert!(Position::START < Position::new(1));
/// assert_eq!(Position::new(7).to_string(), "7");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    log: u32,
    offset: u64,
}

impl Position {
    /// Before the first event of every store.
    pub const START: Self = Self { log: 0, offset: 0 };

    /// The position with this offset in log 0, the only one of a store that is not sharded.
    #[must_use]
    pub const fn new(offset: u64) -> Self {
        Self { log: 0, offset }
    }

    /// The same offset in another log of a sharded store.
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

    /// The place in the log.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }
}

/// The offset, after `log:` unless it is log 0.
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
        let position = parts.map(|(log, offset)| Self { log, offset });
        // What is written in another way, as `+7` or `007`, was not written by us.
        position
            .filter(|position| position.to_string() == text)
            .ok_or_else(|| ParsePositionError::new(text))
    }
}

/// A text is no position or revision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither a position like `17` nor a revision like `3@17`")]
pub struct ParsePositionError {
    text: String,
}

impl ParsePositionError {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.to_owned();
        Self { text }
    }
}
