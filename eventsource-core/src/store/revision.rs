//! Revisions of streams.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::{ParsePositionError, Position};

/// The point that a fold of a stream has reached: the version and the position of its last event, and a check
/// value of the commit of this event. All three are 0 if there is no event.
///
/// The check value is 32 bits of the commit id. Without it, a state that was cached before a backup was
/// restored would match another history that has reached the same version and position.
///
/// The text, `version@position-check` with the check as 8 hexadecimal digits, fits an `ETag`:
///
/// ```
/// use eventsource_core::uuid::uuid;
/// use eventsource_core::{Position, Revision};
///
/// let commit = uuid!("01890a5d-ac96-774b-bcce-b302099a8057");
/// let revision = Revision::new(3, Position::new(17), commit);
/// assert_eq!(revision.to_string(), "3@17-184b4e43");
/// assert_eq!("3@17-184b4e43".parse(), Ok(revision));
/// ```
///
/// Revisions have no order: compare their versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[doc(alias("ETag", "expected version", "optimistic concurrency"))]
pub struct Revision {
    version: u64,
    position: Position,
    check: u32,
}

impl Revision {
    /// The revision of a stream without events.
    pub const NONE: Self = Self::with_check(0, Position::START, 0);

    /// The revision after the event with this version and position, which is in this commit.
    #[must_use]
    pub const fn new(version: u64, position: Position, commit_id: Uuid) -> Self {
        Self::with_check(version, position, check_of(commit_id))
    }

    /// The revision with a stored check value, for stores.
    #[must_use]
    pub const fn with_check(version: u64, position: Position, check: u32) -> Self {
        Self {
            version,
            position,
            check,
        }
    }

    /// The version: the number of events of the stream.
    #[must_use]
    pub const fn version(self) -> u64 {
        self.version
    }

    /// The position of the last event.
    #[must_use]
    pub const fn position(self) -> Position {
        self.position
    }

    /// The check value: the XOR of the four big-endian 32-bit words of the commit id of the last event; 0 if
    /// there is no event.
    #[must_use]
    pub const fn check(self) -> u32 {
        self.check
    }
}

/// The XOR of the four big-endian 32-bit words of an id.
const fn check_of(commit_id: Uuid) -> u32 {
    let words = commit_id.as_u128();
    let halves = (words >> 64) ^ words;
    let check = (halves >> 32) ^ halves;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the last 32 bits are the check"
    )]
    let check = check as u32;
    check
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}-{:08x}", self.version, self.position, self.check)
    }
}

impl FromStr for Revision {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|revision| revision.to_string() == text)
            .ok_or_else(|| ParsePositionError::new(text, "a revision like `3@17-9f2c41aa`"))
    }
}

fn parse(text: &str) -> Option<Revision> {
    let (version, position_and_check) = text.split_once('@')?;
    let (position, check) = position_and_check.split_once('-')?;
    let check = u32::from_str_radix(check, 16).ok()?;
    Some(Revision::with_check(
        version.parse().ok()?,
        position.parse().ok()?,
        check,
    ))
}
