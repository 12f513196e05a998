//! Conversions from and to the type of the crate `time` (feature `time`).

use time::OffsetDateTime;

use super::{Timestamp, TimestampRangeError};

/// Converts a time of `time`, of any offset, to the start of its microsecond. With `time`'s feature
/// `large-dates` there are times that a [`Timestamp`] cannot express.
///
/// ```
/// use eventsource_core::Timestamp;
/// use time::OffsetDateTime;
///
/// let noon = OffsetDateTime::from_unix_timestamp_nanos(1_483_272_000_000_001_999)?;
/// assert_eq!(Timestamp::try_from(noon)?.to_string(), "2017-01-01T12:00:00.000001Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = TimestampRangeError;

    fn try_from(time: OffsetDateTime) -> Result<Self, Self::Error> {
        let micros = micros(time.unix_timestamp_nanos());
        let micros = micros.ok_or_else(|| TimestampRangeError::new(time, "Timestamp"))?;
        Ok(Self(micros))
    }
}

fn micros(nanos: i128) -> Option<i64> {
    i64::try_from(nanos.div_euclid(1_000)).ok()
}

/// Converts to a time of `time`, in UTC. Its years are -9999 to 9999; with `time`'s feature `large-dates` it
/// can express every [`Timestamp`].
///
/// ```
/// use eventsource_core::Timestamp;
/// use time::OffsetDateTime;
///
/// let noon: Timestamp = "2017-01-01T12:00:00Z".parse()?;
/// let noon: OffsetDateTime = noon.try_into()?;
/// assert_eq!(noon.to_string(), "2017-01-01 12:00:00.0 +00:00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<Timestamp> for OffsetDateTime {
    type Error = TimestampRangeError;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_unix_timestamp_nanos(i128::from(time.0) * 1_000)
            .map_err(|_| TimestampRangeError::new(time, "time::OffsetDateTime"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only with `large-dates` are there such times, and a test that enables it would enable it for all.
    #[test]
    fn a_time_beyond_the_last_microsecond_is_outside_the_range() {
        let (first, last) = (i128::from(i64::MIN) * 1_000, i128::from(i64::MAX) * 1_000);
        assert_eq!(micros(first), Some(i64::MIN));
        assert_eq!(micros(first - 1), None);
        assert_eq!(micros(last + 999), Some(i64::MAX));
        assert_eq!(micros(last + 1_000), None);
    }
}
