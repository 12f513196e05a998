//! Offsets in a log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The place of an event in its log: 1 or more, and 0 before the first event. An offset is at most
/// [`Offset::MAX`], so that every store can keep it in a signed 64-bit integer.
///
/// Only the store increments offsets. A program compares them and passes them back. A log may have gaps, so
/// a program cannot calculate the next offset, or the number of events between two offsets.
///
/// ```
/// use eventsource_core::{Offset, Position};
///
/// let offset = Position::new(7).offset();
/// assert!(offset > Offset::START);
/// assert_eq!(offset.get(), 7);
/// assert_eq!(offset.to_string(), "7");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Offset(u64);

impl Offset {
    /// The offset before the first event of a log.
    pub const START: Self = Self(0);

    /// The largest offset, `i64::MAX`.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// The offset with this number. A number above [`MAX`](Self::MAX) becomes `MAX`, which no event
    /// has before a log is full. `Offset::try_from` refuses such a number.
    #[must_use]
    pub const fn new(offset: u64) -> Self {
        if offset > Self::MAX.0 {
            return Self::MAX;
        }
        Self(offset)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Offset {
    type Error = OffsetTooLarge;

    fn try_from(offset: u64) -> Result<Self, Self::Error> {
        match Self::new(offset) {
            Self(same) if same == offset => Ok(Self(same)),
            _ => Err(OffsetTooLarge { offset }),
        }
    }
}

impl From<Offset> for u64 {
    fn from(offset: Offset) -> Self {
        offset.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The error of a number above [`Offset::MAX`].
///
/// ```
/// use eventsource_core::Offset;
///
/// let error = Offset::try_from(u64::MAX).unwrap_err();
/// assert!(error.to_string().contains("18446744073709551615"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the offset {offset} is larger than {}, the largest one", Offset::MAX)]
pub struct OffsetTooLarge {
    offset: u64,
}
