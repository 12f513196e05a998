//! Times as texts and as times of the system.

use std::time::{Duration, SystemTime};

use eventsource_core::Timestamp;
use proptest::prelude::*;

/// The last microsecond that RFC 3339 can write, of the year 9999.
const LAST: i64 = 253_402_300_799_999_999;

proptest! {
    #[test]
    fn a_time_comes_back_from_its_text(micros in 0..=LAST) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }

    #[test]
    fn texts_sort_like_their_times(a in 0..=LAST, b in 0..=LAST) {
        let text = |micros| Timestamp::from_micros(micros).to_string();
        prop_assert_eq!(text(a).cmp(&text(b)), a.cmp(&b));
    }

    #[test]
    fn a_time_comes_back_from_the_time_of_the_system(micros in 0..=LAST) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(Timestamp::from(SystemTime::from(time)), time);
    }

    #[test]
    fn every_number_is_a_time_that_can_be_shown(micros: i64) {
        let time = Timestamp::from_micros(micros);
        prop_assert!(!time.to_string().is_empty());
        prop_assert_eq!(time.as_micros(), micros);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text: String) {
        let _ = text.parse::<Timestamp>();
    }
}

#[test]
fn texts_are_for_ever() {
    assert_eq!(
        Timestamp::default().to_string(),
        "1970-01-01T00:00:00.000000Z"
    );
    assert_eq!(
        Timestamp::from_micros(LAST).to_string(),
        "9999-12-31T23:59:59.999999Z"
    );
}

#[test]
fn less_than_a_microsecond_is_cut_off() {
    let time: Timestamp = "1970-01-01T00:00:00.000001999Z".parse().unwrap();
    assert_eq!(time.as_micros(), 1);
}

#[test]
fn times_before_1970_are_kept() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_millis(1_500);
    let time = Timestamp::from(before);
    assert_eq!(time.as_micros(), -1_500_000);
    assert_eq!(SystemTime::from(time), before);
    assert_eq!(time.to_string(), "-1500000 µs since 1970");
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "now",
        "2017-01-01",
        "2017-01-01T12:00:00",
        "2017-01-01 12:00:00Z",
        "2017-13-01T12:00:00Z",
        "2017-02-29T12:00:00Z",
        "2017-01-01T24:00:00Z",
        "2017-01-01T12:00:00+02:00",
        "2017-01-01T12:00:00.5+02:00",
        "1969-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
    ] {
        let error = text.parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
    }
}
