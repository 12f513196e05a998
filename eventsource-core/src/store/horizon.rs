//! The end of what was read of a log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::{ParsePositionError, Position};

/// The end of what was read of a log: the position of the last event that was read, and the id of the
/// commit that this event came in.
///
/// A reader keeps the horizon and reads on after it. In each read the store compares the commit id
/// with that of the event that the log has at this position, so that a log with another history is
/// reported as [`ReadError::OtherHistory`](crate::ReadError::OtherHistory): one that was restored from a backup and appended to, or
/// another log with the same positions. A position alone would be taken for granted there, and the
/// reader would skip events.
///
/// The text, `position-commit`, can be stored, and so can what serde writes:
///
/// ```
/// use eventsource_core::{Horizon, Position};
/// use eventsource_core::uuid::uuid;
///
/// let horizon = Horizon::new(Position::new(17), uuid!("01890a5d-ac96-774b-bcce-b302099a8057"));
/// assert_eq!(horizon.to_string(), "17-01890a5d-ac96-774b-bcce-b302099a8057");
/// assert_eq!(horizon.to_string().parse(), Ok(horizon));
/// assert_eq!(Horizon::START.to_string(), "0");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Horizon {
    position: Position,
    commit_id: Option<Uuid>,
}

impl Horizon {
    /// Before the first event of every log.
    pub const START: Self = Self::unchecked(Position::START);

    /// After the event with this position, which came in this commit.
    #[must_use]
    pub const fn new(position: Position, commit_id: Uuid) -> Self {
        Self {
            position,
            commit_id: Some(commit_id),
        }
    }

    /// After a position of which no commit is known: a store only checks that the log has come so
    /// far. For checkpoints that were stored without a commit.
    #[must_use]
    pub const fn unchecked(position: Position) -> Self {
        Self {
            position,
            commit_id: None,
        }
    }

    /// The position of the last event before it.
    #[must_use]
    pub const fn position(self) -> Position {
        self.position
    }

    /// The commit of this event; `None` at the start, and where it is not known.
    #[must_use]
    pub const fn commit_id(self) -> Option<Uuid> {
        self.commit_id
    }

    /// The later one of two horizons of one log.
    pub(crate) fn later(self, other: Self) -> Self {
        if other.position.offset() > self.position.offset() {
            return other;
        }
        self
    }
}

/// The position, and the commit id after a hyphen if there is one.
impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.commit_id {
            Some(commit_id) => write!(f, "{}-{commit_id}", self.position),
            None => self.position.fmt(f),
        }
    }
}

impl FromStr for Horizon {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|horizon| horizon.to_string() == text)
            .ok_or_else(|| ParsePositionError::new(text, WANTED))
    }
}

const WANTED: &str = "a horizon like `17-01890a5d-ac96-774b-bcce-b302099a8057`, or `0` for the start, without white space";

fn parse(text: &str) -> Option<Horizon> {
    match text.split_once('-') {
        Some((position, commit_id)) => Some(Horizon::new(
            position.parse().ok()?,
            commit_id.parse().ok()?,
        )),
        None => text.parse().ok().map(Horizon::unchecked),
    }
}
