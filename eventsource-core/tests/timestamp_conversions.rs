//! Times as those of `jiff`, `chrono`, `time` and the system.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use eventsource_core::Timestamp;
use proptest::prelude::*;
use time::OffsetDateTime;

/// The first and the last nanosecond of `jiff`, whose range is the smallest one.
const NANOS: (i128, i128) = (-377_705_023_201_000_000_000, 253_402_207_200_999_999_999);

fn from_jiff(time: jiff::Timestamp) -> Timestamp {
    time.into()
}

fn from_chrono(time: DateTime<Utc>) -> Timestamp {
    time.into()
}

fn from_time(time: OffsetDateTime) -> Timestamp {
    time.try_into().unwrap()
}

/// A microsecond close to the ends of a range, or anywhere.
fn micros() -> impl Strategy<Value = i64> {
    let (first, last) = (ends(NANOS.0), ends(NANOS.1));
    prop_oneof![any::<i64>(), first, last, -2_000_i64..2_000]
}

fn ends(nanos: i128) -> impl Strategy<Value = i64> {
    let end = i64::try_from(nanos / 1_000).unwrap();
    end - 10..end + 10
}

proptest! {
    #[test]
    fn a_time_comes_back_or_is_outside_the_range(micros in micros()) {
        let time = Timestamp::from_micros(micros);
        let is_within = |first, last| first <= time && time <= last;
        match jiff::Timestamp::try_from(time) {
            Ok(same) => prop_assert_eq!(from_jiff(same), time),
            Err(_) => prop_assert!(!is_within(from_jiff(jiff::Timestamp::MIN), from_jiff(jiff::Timestamp::MAX))),
        }
        match DateTime::<Utc>::try_from(time) {
            Ok(same) => prop_assert_eq!(from_chrono(same), time),
            Err(_) => prop_assert!(!is_within(DateTime::<Utc>::MIN_UTC.into(), DateTime::<Utc>::MAX_UTC.into())),
        }
        if let Ok(same) = OffsetDateTime::try_from(time) {
            prop_assert_eq!(from_time(same), time);
        } else {
            let ends = [time::Date::MIN.midnight(), time::Date::MAX.with_time(time::Time::MAX)];
            let [first, last] = ends.map(|end| from_time(end.assume_utc()));
            prop_assert!(!is_within(first, last));
        }
    }

    #[test]
    fn all_agree_on_the_microsecond(nanos in prop_oneof![NANOS.0..=NANOS.1, -5_000_i128..5_000]) {
        let time = Timestamp::from_micros(i64::try_from(nanos.div_euclid(1_000)).unwrap());
        prop_assert_eq!(from_jiff(jiff::Timestamp::from_nanosecond(nanos).unwrap()), time);
        prop_assert_eq!(from_time(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap()), time);
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap();
        let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap();
        prop_assert_eq!(from_chrono(DateTime::from_timestamp(seconds, rest).unwrap()), time);
        prop_assert_eq!(Timestamp::from(system(nanos)), time);
    }
}

fn system(nanos: i128) -> SystemTime {
    let span = nanos.unsigned_abs();
    let rest = u32::try_from(span % 1_000_000_000).unwrap();
    let span = std::time::Duration::new(u64::try_from(span / 1_000_000_000).unwrap(), rest);
    let epoch = SystemTime::UNIX_EPOCH;
    if nanos < 0 {
        epoch - span
    } else {
        epoch + span
    }
}

#[test]
fn the_last_microsecond_of_each_is_converted_and_the_next_one_refused() {
    let next = |time: Timestamp| Timestamp::from_micros(time.as_micros() + 1);
    let last = from_jiff(jiff::Timestamp::MAX);
    assert!(jiff::Timestamp::try_from(last).is_ok());
    assert!(jiff::Timestamp::try_from(next(last)).is_err());
    let last = from_chrono(DateTime::<Utc>::MAX_UTC);
    assert!(DateTime::<Utc>::try_from(last).is_ok());
    assert!(DateTime::<Utc>::try_from(next(last)).is_err());
    let last = from_time(time::Date::MAX.with_time(time::Time::MAX).assume_utc());
    assert!(OffsetDateTime::try_from(last).is_ok());
    assert!(OffsetDateTime::try_from(next(last)).is_err());
}

#[test]
fn the_first_microsecond_of_each_is_converted_and_the_one_before_refused() {
    let before = |time: Timestamp| Timestamp::from_micros(time.as_micros() - 1);
    let first = from_jiff(jiff::Timestamp::MIN);
    assert!(jiff::Timestamp::try_from(first).is_ok());
    assert!(jiff::Timestamp::try_from(before(first)).is_err());
    let first = from_chrono(DateTime::<Utc>::MIN_UTC);
    assert!(DateTime::<Utc>::try_from(first).is_ok());
    assert!(DateTime::<Utc>::try_from(before(first)).is_err());
    let first = from_time(time::Date::MIN.midnight().assume_utc());
    assert!(OffsetDateTime::try_from(first).is_ok());
    assert!(OffsetDateTime::try_from(before(first)).is_err());
}

#[test]
fn a_refused_time_names_itself_and_the_type() {
    let far = Timestamp::from_micros(i64::MAX);
    let texts = [
        jiff::Timestamp::try_from(far).unwrap_err().to_string(),
        DateTime::<Utc>::try_from(far).unwrap_err().to_string(),
        OffsetDateTime::try_from(far).unwrap_err().to_string(),
    ];
    let outside = "the time `9223372036854775807 µs since 1970` is outside the range of";
    for (text, target) in texts.iter().zip([
        "jiff::Timestamp",
        "chrono::DateTime<Utc>",
        "time::OffsetDateTime",
    ]) {
        assert_eq!(*text, format!("{outside} `{target}`"));
    }
}

/// The second 23:59:60 does not exist for `Timestamp`, nor for the system.
#[test]
fn a_leap_second_is_the_second_after_it() {
    let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
    assert_eq!(from_chrono(leap).to_string(), "2017-01-01T00:00:00.500000Z");
}
