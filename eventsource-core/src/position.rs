//! Where events stand.

use std::fmt;
use std::num::ParseIntError;
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
        let parsed = log.parse().and_then(|log| {
            Ok(Self {
                log,
                offset: offset.parse()?,
            })
        });
        parsed.map_err(|source| ParsePositionError {
            text: text.to_owned(),
            source,
        })
    }
}

/// Where a fold stands: the version and the position of the last event in it. Both are 0 where
/// there is none.
///
/// Its text, `version@position`, fits an `ETag`:
///
/// ```
/// use eventsource_core::{Position, Revision};
///
/// let revision = Revision::new(3, Position::new(17));
/// assert_eq!(revision.to_string(), "3@17");
/// assert_eq!("3@17".parse(), Ok(revision));
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Revision {
    version: u64,
    position: Position,
}

impl Revision {
    /// Of an aggregate without events.
    pub const NONE: Self = Self::new(0, Position::START);

    /// After the event with this version in its stream and this position in the store.
    #[must_use]
    pub const fn new(version: u64, position: Position) -> Self {
        Self { version, position }
    }

    /// How many events of the stream are in the fold.
    #[must_use]
    pub const fn version(self) -> u64 {
        self.version
    }

    /// Where the last of them stands in the store.
    #[must_use]
    pub const fn position(self) -> Position {
        self.position
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.version, self.position)
    }
}

impl FromStr for Revision {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (version, position) = text.split_once('@').unwrap_or((text, ""));
        let position = position.parse()?;
        match version.parse() {
            Ok(version) => Ok(Self { version, position }),
            Err(source) => Err(ParsePositionError {
                text: text.to_owned(),
                source,
            }),
        }
    }
}

/// A text is no position or revision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither a position like `17` nor a revision like `3@17`")]
pub struct ParsePositionError {
    text: String,
    source: ParseIntError,
}
