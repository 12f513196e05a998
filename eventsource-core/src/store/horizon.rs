//! Horizons: how far a log was read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::{ParsePositionError, Position};

/// The end of the events that were read of a log: the position of the last event, and the id of its commit.
///
/// A reader stores the horizon and continues after it. In each read the store compares the commit id with
/// that of the event that the log has at this position. So a log with another history is reported as
/// [`ReadError::OtherHistory`](crate::ReadError::OtherHistory): a log that was restored from a backup and
/// appended to, or another log with the same positions. A position alone would be accepted there, and the
/// reader would skip events. Two histories look the same at a horizon if the last commit has an event at this
/// position in both: a caller sent it again after the restore, under the same id.
///
/// The text, `position-commit`, can be stored, and so can the serde format:
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
#[doc(alias("checkpoint", "cursor", "high-water mark", "offset"))]
pub struct Horizon {
    position: Position,
    commit_id: Option<Uuid>,
}

impl Horizon {
    /// The horizon before the first event of every log.
    pub const START: Self = Self::unchecked(Position::START);

    /// The horizon after the event with this position, which is in this commit.
    #[must_use]
    pub const fn new(position: Position, commit_id: Uuid) -> Self {
        Self {
            position,
            commit_id: Some(commit_id),
        }
    }

    /// The horizon after a position whose commit is not known, for checkpoints that were stored without a
    /// commit. A store only checks that the log has reached the position.
    #[must_use]
    pub const fn unchecked(position: Position) -> Self {
        Self {
            position,
            commit_id: None,
        }
    }

    /// The position of the last event.
    #[must_use]
    pub const fn position(self) -> Position {
        self.position
    }

    /// The commit of this event; `None` at the start, or if it is not known.
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

/// Writes the position, and the commit id after a hyphen if there is one.
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
            .ok_or_else(|| ParsePositionError::new(text, EXPECTED))
    }
}

const EXPECTED: &str = "a horizon like `17-01890a5d-ac96-774b-bcce-b302099a8057`, or `0` for the start, without white space";

fn parse(text: &str) -> Option<Horizon> {
    match text.split_once('-') {
        Some((position, commit_id)) => Some(Horizon::new(
            position.parse().ok()?,
            commit_id.parse().ok()?,
        )),
        None => text.parse().ok().map(Horizon::unchecked),
    }
}
