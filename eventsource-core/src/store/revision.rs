//! Where a fold stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{ParsePositionError, Position};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        let parts = text.split_once('@');
        let revision = parts.and_then(|(version, position)| {
            let (version, position) = (version.parse().ok()?, position.parse().ok()?);
            Some(Self { version, position })
        });
        revision
            .filter(|revision| revision.to_string() == text)
            .ok_or_else(|| ParsePositionError::new(text))
    }
}
