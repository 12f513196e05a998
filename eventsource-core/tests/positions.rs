//! Positions and revisions as texts.

use eventsource_core::{Position, Revision};
use proptest::prelude::*;

fn positions() -> impl Strategy<Value = Position> {
    let log = prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()];
    let offset = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    (log, offset).prop_map(|(log, offset)| Position::new(offset).in_log(log))
}

fn revisions() -> impl Strategy<Value = Revision> {
    let version = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    (version, positions()).prop_map(|(version, position)| Revision::new(version, position))
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
    fn positions_of_one_log_are_in_the_order_of_their_offsets(a: u64, b: u64, log: u32) {
        let at = |offset| Position::new(offset).in_log(log);
        prop_assert_eq!(at(a).cmp(&at(b)), a.cmp(&b));
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
    assert_eq!(Revision::new(3, Position::new(17)).to_string(), "3@17");
    assert_eq!(Revision::new(3, sharded).to_string(), "3@2:17");
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
        "", "3", "@", "3@", "@17", "3@17@1", " 3@17", "3@-1", "a@17", "3@a",
    ] {
        assert!(text.parse::<Revision>().is_err(), "{text}");
    }
}
