//! The time at which a commit is recorded.

use std::time::Duration;

use uuid::Uuid;

use super::error::AppendError;
use super::receipt::Receipt;
use crate::values::{StreamId, Timestamp};

/// A stream that is further ahead of the clock than this is worth a warning.
const WARNED: Duration = Duration::from_mins(1);

/// The time with which a commit comes to a store: that of the clock, or that of another store. A
/// store asks it when the commit is recorded. Only the streams that the commit writes matter, so that
/// one wrong clock does not date the whole store.
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
/// let years = Duration::from_hours(20 * 365 * 24);
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
    /// By how much the last time of a stream may be ahead of the clock, unless a store is told
    /// otherwise: a day.
    pub const MAX_CLOCK_LEAD: Duration = Duration::from_hours(24);

    /// The time of an append, which the clock says.
    #[must_use]
    pub const fn clock(now: Timestamp) -> Self {
        let max_lead = Self::MAX_CLOCK_LEAD;
        Self {
            time: now,
            origin: Origin::Clock { max_lead },
        }
    }

    /// The time at which another store recorded a commit. It is kept as it is.
    #[must_use]
    pub const fn imported(recorded_at: Timestamp) -> Self {
        Self {
            time: recorded_at,
            origin: Origin::OtherStore,
        }
    }

    /// Sets by how much the last time of a stream may be ahead of the clock, instead of
    /// [a day](Self::MAX_CLOCK_LEAD). It means nothing for an imported commit.
    #[must_use]
    pub const fn max_clock_lead(mut self, max: Duration) -> Self {
        if let Origin::Clock { max_lead } = &mut self.origin {
            *max_lead = max;
        }
        self
    }

    /// The time at which a commit is recorded that writes these streams, each with the time of its last
    /// event. Streams that begin with the commit are left out.
    ///
    /// # Errors
    ///
    /// [`AppendError::ClockBehind`] for an append, [`AppendError::Invalid`] for an imported commit
    /// whose time lies before that of one of the streams, or before 1970.
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

    /// The time, or the start of 1970 in place of a clock that says less.
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

    /// Warns if a commit was recorded with a time more than a minute ahead of the clock, because a
    /// stream that it writes is ahead. A store calls it with each new receipt, where it holds no lock.
    pub fn warn_if_ahead(&self, receipt: &Receipt) {
        let (lead, time) = (lead(receipt.recorded_at, self.time), receipt.recorded_at);
        let is_clock = matches!(self.origin, Origin::Clock { .. });
        if !is_clock || receipt.repeated || lead <= WARNED {
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

/// How far `time` is ahead of the clock.
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
    fn a_stream_may_be_ahead_of_the_clock_by_a_day_or_what_the_store_is_told() {
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
    fn an_imported_time_is_kept_or_refused() {
        let time = CommitTime::imported(at(100));
        assert_eq!(recorded(time, &[100, 7]).unwrap(), 100);
        for (time, lasts) in [(time, &[7, 101][..]), (CommitTime::imported(at(-1)), &[])] {
            let refused = recorded(time.max_clock_lead(Duration::MAX), lasts).unwrap_err();
            assert!(matches!(refused, AppendError::Invalid { .. }), "{refused}");
        }
    }
}
