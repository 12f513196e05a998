//! The recorded time of a commit.

use std::time::Duration;

use uuid::Uuid;

use super::error::AppendError;
use super::receipt::Receipt;
use crate::values::{StreamId, Timestamp};

/// The lead of a stream over the clock from which a store warns.
const WARN_LEAD: Duration = Duration::from_secs(60);

/// The time from which a store determines the recorded time of a commit: that of the clock, or that of another
/// store. Only the streams that the commit writes can move it forward, so one wrong clock does not affect the
/// whole store.
///
/// ```
/// use std::iter::empty;
/// use std::time::Duration;
///
/// use eventsource_core::store::CommitTime;
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::{AppendError, StreamId, Timestamp};
///
/// let (cart, id) = (StreamId::new("cart", Uuid::nil()), Uuid::nil());
/// let (now, in_2038): (Timestamp, Timestamp) =
///     ("2026-02-01T12:00:00Z".parse()?, "2038-01-01T00:00:00Z".parse()?);
/// let time = CommitTime::clock(now);
/// assert_eq!(time.recorded_at(id, empty())?, now);
///
/// let refused = time.recorded_at(id, [(&cart, in_2038)]);
/// assert!(matches!(refused, Err(AppendError::ClockBehind { .. })));
/// let years = Duration::from_secs(20 * 365 * 24 * 60 * 60);
/// assert_eq!(time.max_clock_lead(years).recorded_at(id, [(&cart, in_2038)])?, in_2038);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitTime {
    time: Timestamp,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Clock { max_lead: Duration },
    OtherStore,
}

impl CommitTime {
    /// The default of how far the last time of a stream may be ahead of the clock: a day.
    pub const MAX_CLOCK_LEAD: Duration = Duration::from_secs(24 * 60 * 60);

    /// The time of an append, from the clock.
    #[must_use]
    pub const fn clock(now: Timestamp) -> Self {
        let max_lead = Self::MAX_CLOCK_LEAD;
        Self {
            time: now,
            origin: Origin::Clock { max_lead },
        }
    }

    /// The time at which another store recorded a commit. It is not changed.
    #[must_use]
    pub const fn imported(recorded_at: Timestamp) -> Self {
        Self {
            time: recorded_at,
            origin: Origin::OtherStore,
        }
    }

    /// Sets how far the last time of a stream may be ahead of the clock (default
    /// [a day](Self::MAX_CLOCK_LEAD)). It has no effect on an imported commit.
    #[must_use]
    pub const fn max_clock_lead(mut self, max: Duration) -> Self {
        if let Origin::Clock { max_lead } = &mut self.origin {
            *max_lead = max;
        }
        self
    }

    /// The recorded time of a commit that writes these streams, each with the time of its last event. Streams
    /// that are new are left out.
    ///
    /// # Errors
    ///
    /// [`AppendError::ClockBehind`] for an append; [`AppendError::Invalid`] for an imported commit whose time
    /// is before that of one of the streams, or before 1970.
    pub fn recorded_at<'s>(
        &self,
        commit_id: Uuid,
        streams: impl IntoIterator<Item = (&'s StreamId, Timestamp)>,
    ) -> Result<Timestamp, AppendError> {
        let mut recorded_at = self.check_epoch(commit_id)?;
        for (stream, last) in streams {
            self.check_stream(commit_id, stream, last)?;
            recorded_at = recorded_at.max(last);
        }
        Ok(recorded_at)
    }

    /// The time; at least the start of 1970 for a time of the clock.
    fn check_epoch(&self, commit_id: Uuid) -> Result<Timestamp, AppendError> {
        let (time, epoch) = (self.time, Timestamp::default());
        if self.origin != Origin::OtherStore || time >= epoch {
            return Ok(time.max(epoch));
        }
        let reason = format!(
            "commit {commit_id} was recorded at {time}, and a store records from 1970 on; \
             say in the metadata when it occurred"
        );
        Err(AppendError::Invalid { reason })
    }

    fn check_stream(
        &self,
        commit_id: Uuid,
        stream: &StreamId,
        last: Timestamp,
    ) -> Result<(), AppendError> {
        let time = self.time;
        match self.origin {
            Origin::Clock { max_lead } if lead(last, time) > max_lead => {
                Err(AppendError::ClockBehind {
                    stream: Box::new(stream.clone()),
                    last,
                    now: time,
                    max_lead,
                })
            }
            Origin::OtherStore if last > time => {
                let reason = format!(
                    "commit {commit_id} was recorded at {time}, before the last event of stream \
                     {stream}, which was at {last}; the times of a stream do not decrease"
                );
                Err(AppendError::Invalid { reason })
            }
            _ => Ok(()),
        }
    }

    /// Warns if a commit was recorded with a time more than a minute ahead of the clock, because a stream that
    /// it writes is ahead. A store calls it with each new receipt, without holding a lock.
    pub fn warn_if_ahead(&self, receipt: &Receipt) {
        let (lead, time) = (lead(receipt.recorded_at, self.time), receipt.recorded_at);
        let is_clock = matches!(self.origin, Origin::Clock { .. });
        if !is_clock || receipt.repeated || lead <= WARN_LEAD {
            return;
        }
        let stream = receipt.revisions.first().map(|(stream, _)| stream);
        tracing::warn!(
            commit = %receipt.commit_id,
            stream = stream.map(tracing::field::display),
            recorded_at = %time,
            clock = %self.time,
            "the clock is behind the last event of a stream"
        );
    }
}

/// The lead of `time` over the clock.
fn lead(time: Timestamp, clock: Timestamp) -> Duration {
    if time <= clock {
        return Duration::ZERO;
    }
    Duration::from_micros(time.as_micros().abs_diff(clock.as_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn recorded(time: CommitTime, lasts: &[i64]) -> Result<i64, AppendError> {
        let stream = StreamId::new("cart", Uuid::nil());
        let streams = lasts.iter().map(|last| (&stream, at(*last)));
        let recorded_at = time.recorded_at(Uuid::nil(), streams)?;
        Ok(recorded_at.as_micros())
    }

    #[test]
    fn an_append_has_the_latest_time_of_the_clock_and_its_streams() {
        let time = CommitTime::clock(at(100));
        for (lasts, expected) in [
            (&[][..], 100),
            (&[99], 100),
            (&[101], 101),
            (&[1, 300, 200], 300),
        ] {
            assert_eq!(recorded(time, lasts).unwrap(), expected, "{lasts:?}");
        }
        assert_eq!(recorded(CommitTime::clock(at(-5)), &[]).unwrap(), 0);
    }

    #[test]
    fn a_stream_may_be_ahead_of_the_clock_by_a_day_or_by_the_option() {
        let day = 24 * 60 * MINUTE;
        let time = CommitTime::clock(at(100));
        assert_eq!(recorded(time, &[100 + day]).unwrap(), 100 + day);
        let refused = recorded(time, &[7, 101 + day]).unwrap_err();
        let AppendError::ClockBehind {
            last,
            now,
            max_lead,
            ..
        } = refused
        else {
            panic!("{refused}")
        };
        assert_eq!((last, now), (at(101 + day), at(100)));
        assert_eq!(max_lead, CommitTime::MAX_CLOCK_LEAD);
        let less = time.max_clock_lead(Duration::ZERO);
        recorded(less, &[101]).unwrap_err();
        assert_eq!(recorded(less, &[100]).unwrap(), 100);
        recorded(CommitTime::clock(at(i64::MIN)), &[i64::MAX]).unwrap_err();
    }

    #[test]
    fn an_imported_time_is_unchanged_or_refused() {
        let time = CommitTime::imported(at(100));
        assert_eq!(recorded(time, &[100, 7]).unwrap(), 100);
        for (time, lasts) in [(time, &[7, 101][..]), (CommitTime::imported(at(-1)), &[])] {
            let refused = recorded(time.max_clock_lead(Duration::MAX), lasts).unwrap_err();
            assert!(matches!(refused, AppendError::Invalid { .. }), "{refused}");
        }
    }
}
