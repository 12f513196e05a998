//! When.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time, in whole microseconds since 1970 (UTC). It is written as RFC 3339.
///
/// ```
/// # use eventsource_core::Timestamp;
/// let noon: Timestamp = "2017-01-01T12:00:00Z".parse()?;
/// assert_eq!(noon.as_micros(), 1_483_272_000_000_000);
/// assert_eq!(noon.to_string(), "2017-01-01T12:00:00.000000Z");
/// # Ok::<(), eventsource_core::ParseTimestampError>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

/// Beyond the year 9999 there is no RFC 3339.
const LAST_SECOND: u64 = 253_402_300_799;

impl Timestamp {
    /// The point this many microseconds after the start of 1970.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start of 1970.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }
}

/// What a clock says; a time before 1970 becomes the start of 1970.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_micros(time.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 / 1_000_000 > LAST_SECOND {
            return write!(f, "{} µs after 1970", self.0);
        }
        humantime::format_rfc3339_micros((*self).into()).fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_rfc3339(text)
            .map(Self::from)
            .map_err(|source| ParseTimestampError {
                text: text.to_owned(),
                source,
            })
    }
}

/// A text is no time in RFC 3339.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a time like `2017-01-01T12:00:00Z`")]
pub struct ParseTimestampError {
    text: String,
    source: humantime::TimestampError,
}
