//! Conversions from and to the type of the crate `jiff` (feature `jiff`).

use super::{Timestamp, TimestampRangeError};

/// Converts a time of `jiff`, to the start of its microsecond.
///
/// ```
/// use eventsource_core::Timestamp;
///
/// let noon: jiff::Timestamp = "2017-01-01T12:00:00.0000019Z".parse()?;
/// assert_eq!(Timestamp::from(noon).to_string(), "2017-01-01T12:00:00.000001Z");
/// # Ok::<(), jiff::Error>(())
/// ```
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        // `as_microsecond` rounds towards 1970. Seconds and nanoseconds of a time have one sign.
        let is_rest_negative = time.subsec_nanosecond() % 1_000 < 0;
        Self(time.as_microsecond() - i64::from(is_rest_negative))
    }
}

/// Converts to a time of `jiff`, whose years are -9999 to 9999.
///
/// ```
/// use eventsource_core::Timestamp;
///
/// let noon: Timestamp = "2017-01-01T12:00:00Z".parse()?;
/// let noon = jiff::Timestamp::try_from(noon)?;
/// assert_eq!(noon.to_string(), "2017-01-01T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = TimestampRangeError;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        // `from_microsecond` of jiff 1.0 refuses the last second of its range.
        Self::from_nanosecond(i128::from(time.0) * 1_000)
            .map_err(|_| TimestampRangeError::new(time, "jiff::Timestamp"))
    }
}
