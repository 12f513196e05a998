//! A year of the calendar.

use std::time::Duration;

use eventsource_core::Timestamp;

/// A year, for [`Simulation::calendar`](crate::Simulation::calendar).
///
/// ```
/// use eventsource_simulation::Year;
///
/// assert_eq!(Year::of(2017).start().to_string(), "2017-01-01T00:00:00.000000Z");
/// assert_eq!(Year::of(2016).length().as_secs(), 366 * 86_400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Year(i64);

impl Year {
    /// The year of this number, from 1970 on.
    #[must_use]
    pub const fn of(year: u16) -> Self {
        Self(year as i64)
    }

    /// Its first moment.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_micros(self.first_day() * 86_400_000_000)
    }

    /// The length of the year.
    #[must_use]
    pub const fn length(self) -> Duration {
        let days = Self(self.0 + 1).first_day() - self.first_day();
        Duration::from_secs(86_400 * days.unsigned_abs())
    }

    /// The number of its first day, counted from 1970 on.
    const fn first_day(self) -> i64 {
        let before = self.0 - 1;
        let leap_days = before / 4 - before / 100 + before / 400;
        // As many as there were before 1970.
        (self.0 - 1_970) * 365 + leap_days - 477
    }
}
