//! Conversions from and to the type of the crate `chrono` (feature `chrono`).

use chrono::{DateTime, TimeZone, Utc};

use super::{Timestamp, TimestampRangeError};

/// Converts a time of `chrono`, of any time zone, to the start of its microsecond. A leap second is the
/// second after it.
///
/// ```
/// use eventsource_core::Timestamp;
///
/// let noon: chrono::DateTime<chrono::FixedOffset> = "2017-01-01T14:00:00.0000019+02:00".parse()?;
/// assert_eq!(Timestamp::from(noon).to_string(), "2017-01-01T12:00:00.000001Z");
/// # Ok::<(), chrono::ParseError>(())
/// ```
impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(time: DateTime<Tz>) -> Self {
        Self(time.timestamp_micros())
    }
}

/// Converts to a time of `chrono`, whose years are -262,143 to 262,142.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use eventsource_core::Timestamp;
///
/// let noon: Timestamp = "2017-01-01T12:00:00Z".parse()?;
/// let noon: DateTime<Utc> = noon.try_into()?;
/// assert_eq!(noon.to_string(), "2017-01-01 12:00:00 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<Timestamp> for DateTime<Utc> {
    type Error = TimestampRangeError;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_timestamp_micros(time.0)
            .ok_or_else(|| TimestampRangeError::new(time, "chrono::DateTime<Utc>"))
    }
}
