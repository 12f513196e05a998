//! Points in time.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod range_error;
#[cfg(feature = "time")]
mod time;

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub use range_error::TimestampRangeError;

/// A point in time, in whole microseconds since the start of 1970 (UTC), or before.
///
/// `Display` and `FromStr` write and read RFC 3339, for the years that it covers. Serde writes the integer:
/// in a payload, a row or metadata a time is a number of microseconds.
///
/// ```
/// # use eventsource_core::Timestamp;
/// let noon: Timestamp = "2017-01-01T12:00:00Z".parse()?;
/// assert_eq!(noon.as_micros(), 1_483_272_000_000_000);
/// assert_eq!(noon.to_string(), "2017-01-01T12:00:00.000000Z");
/// assert_eq!(serde_json::to_string(&noon)?, "1483272000000000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The features `jiff`, `chrono` and `time` convert from and to the types of these crates.
///
/// A text is parsed exactly: noon is the start of that second. To include the whole second, as for
/// [`load_at`](crate::Repository::load_at), parse an [`AsOf`](crate::AsOf).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The last second of the year 9999, after which RFC 3339 has no times.
const LAST_SECOND: i64 = 253_402_300_799;

impl Timestamp {
    /// The time this many microseconds after the start of 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The microseconds since the start of 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }
}

/// Converts a system time, to the start of its microsecond.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = |micros: u128| i64::try_from(micros).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since.as_micros()),
            Err(before) => -micros(before.duration().as_nanos().div_ceil(1_000)),
        })
    }
}

/// Converts to a system time; to the start of 1970, if the system cannot express the time.
impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let span = Duration::from_micros(time.0.unsigned_abs());
        let time = if time.0 < 0 {
            UNIX_EPOCH.checked_sub(span)
        } else {
            UNIX_EPOCH.checked_add(span)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 || self.0 / 1_000_000 > LAST_SECOND {
            return write!(f, "{} µs since 1970", self.0);
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

/// The error of a text that is not a time in RFC 3339.
///
/// ```
/// use eventsource_core::Timestamp;
/// use eventsource_core::values::ParseTimestampError;
///
/// let parsed: Result<Timestamp, ParseTimestampError> = "yesterday".parse();
/// assert!(parsed.is_err());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a time like `2017-01-01T12:00:00Z`")]
pub struct ParseTimestampError {
    text: String,
    source: humantime::TimestampError,
}
