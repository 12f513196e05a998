//! Positions and revisions as texts.

use std::cmp::Ordering;

use eventsource_core::uuid::Uuid;
use eventsource_core::{Offset, Position, Revision};
use proptest::prelude::*;

const LARGEST: u64 = i64::MAX.unsigned_abs();

/// Any number, and those near the largest offset.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(u64::MAX),
        any::<u64>(),
        LARGEST - 2..=LARGEST + 2
    ]
}

fn offsets() -> impl Strategy<Value = u64> {
    numbers().prop_map(|number| number.min(LARGEST))
}

fn positions() -> impl Strategy<Value = Position> {
    let log = prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()];
    let offset = offsets();
    (log, offset).prop_map(|(log, offset)| Position::new(offset).in_log(log))
}

fn revisions() -> impl Strategy<Value = Revision> {
    let version = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    let check = prop_oneof![Just(0), Just(u32::MAX), any::<u32>()];
    (version, positions(), check)
        .prop_map(|(version, position, check)| Revision::with_check(version, position, check))
}

proptest! {
    #[test]
    fn a_position_comes_back_from_its_text(position in positions()) {
        prop_assert_eq!(position.to_string().parse(), Ok(position));
    }

    #[test]
    fn a_revision_comes_back_from_its_text(revision in revisions()) {
        prop_assert_eq!(revision.to_string().parse(), Ok(revision));
    }

    #[test]
    fn positions_of_one_log_are_in_the_order_of_their_offsets(
        a in offsets(),
        b in offsets(),
        log: u32,
    ) {
        let at = |offset| Position::new(offset).in_log(log);
        prop_assert_eq!(at(a).compare(at(b)), Some(a.cmp(&b)));
        prop_assert_eq!(at(a).offset().cmp(&at(b).offset()), a.cmp(&b));
    }

    #[test]
    fn positions_of_two_logs_have_no_order(a in positions(), b in positions()) {
        let is_same = a.log() == b.log();
        prop_assert_eq!(a.compare(b).is_some(), is_same);
        prop_assert_eq!(b.compare(a), a.compare(b).map(Ordering::reverse));
        prop_assert_eq!(a == b, a.compare(b) == Some(Ordering::Equal));
    }

    #[test]
    fn an_offset_is_at_most_the_largest(number in numbers()) {
        let kept = Offset::new(number);
        prop_assert_eq!(kept.get(), number.min(LARGEST));
        prop_assert_eq!(Position::new(number).offset(), kept);
        prop_assert_eq!(Offset::try_from(number).ok(), (number <= LARGEST).then_some(kept));
        let text = number.to_string();
        prop_assert_eq!(text.parse::<Position>().is_ok(), number <= LARGEST);
        prop_assert_eq!(serde_json::from_str::<Offset>(&text).ok(), (number <= LARGEST).then_some(kept));
        let stored = format!(r#"{{"log":0,"offset":{number}}}"#);
        prop_assert_eq!(serde_json::from_str::<Position>(&stored).is_ok(), number <= LARGEST);
    }

    #[test]
    fn a_position_is_stored_as_its_log_and_its_offset(position in positions()) {
        let stored = serde_json::to_string(&position).unwrap();
        let (log, offset) = (position.log(), position.offset());
        prop_assert_eq!(&stored, &format!(r#"{{"log":{log},"offset":{offset}}}"#));
        prop_assert_eq!(serde_json::from_str::<Position>(&stored).unwrap(), position);
    }

    #[test]
    fn a_revision_comes_back_from_its_stored_form(revision in revisions()) {
        let stored = serde_json::to_string(&revision).unwrap();
        prop_assert_eq!(serde_json::from_str::<Revision>(&stored).unwrap(), revision);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text: String) {
        let _ = (text.parse::<Position>(), text.parse::<Revision>());
    }
}

#[test]
fn texts_are_for_ever() {
    let sharded = Position::new(17).in_log(2);
    assert_eq!(Position::new(17).to_string(), "17");
    assert_eq!(sharded.to_string(), "2:17");
    let revision = |position| Revision::with_check(3, position, 0x00a1_b2c3);
    assert_eq!(revision(Position::new(17)).to_string(), "3@17-00a1b2c3");
    assert_eq!(revision(sharded).to_string(), "3@2:17-00a1b2c3");
    assert_eq!(Revision::NONE.to_string(), "0@0-00000000");
}

/// A client keeps it in an `ETag`, and stores in their rows: another check would be a conflict.
#[test]
fn the_check_is_the_four_words_of_the_commit_id() {
    let id = Uuid::from_u128(0x0000_0001_0000_0020_0000_0300_9f2c_4000);
    let revision = Revision::new(3, Position::new(17), id);
    assert_eq!(revision.check(), 0x9f2c_4321);
    assert_eq!(
        Revision::new(0, Position::START, Uuid::nil()),
        Revision::NONE
    );
}

#[test]
fn what_is_no_position_is_refused() {
    for text in [
        "",
        " 1",
        "1 ",
        "-1",
        "1.0",
        "a",
        "1:",
        ":1",
        "1:2:3",
        "18446744073709551616",
        "9223372036854775808",
        "4294967296:1",
        "3@17",
    ] {
        let error = text.parse::<Position>().unwrap_err();
        assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
    }
}

#[test]
fn what_is_no_revision_is_refused() {
    for text in [
        "",
        "3",
        "@",
        "3@",
        "3@17",
        "3@17-",
        "3@17-1",
        "3@17-000000001",
        "3@17-9F2C41AA",
        "3@17-9f2c41ag",
        "3@17-+f2c41aa",
        "3@17 -9f2c41aa",
        "@17-9f2c41aa",
        "3@17@1-9f2c41aa",
        " 3@17-9f2c41aa",
        "3@17-9f2c41aa ",
        "3@-1-9f2c41aa",
        "a@17-9f2c41aa",
        "3@a-9f2c41aa",
    ] {
        assert!(text.parse::<Revision>().is_err(), "{text}");
    }
}
