//! Reports about tags. Those of stored events never change.
#![allow(dead_code, reason = "no event happens here")]

use super::{assert_holds, assert_report, assert_report_of, locked, program, update};
use crate::lock::file::LockFile;

/// The content of a module, except its tags.
macro_rules! program_with {
    ($module:ident, $seat:meta, $declined:meta, $prefix:literal) => {
        mod $module {
            use eventsource_core::values::TagValue;
            use eventsource_core::{Tag, event};
            use serde::{Deserialize, Serialize};

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub(super) struct Seat(u16);

            impl TagValue for Seat {
                fn tag_value(&self) -> Option<String> {
                    Some(format!(concat!($prefix, "{}"), self.0))
                }
            }

            #[event]
            pub(super) enum BookingEvent {
                Booked {
                    #[$seat]
                    seat: Seat,
                },
                #[$declined]
                Declined { reason: String },
            }

            #[event(name = "visit", tags = Self::tags)]
            pub(super) struct Visit {
                day: u32,
            }

            impl Visit {
                fn tags(&self) -> [Tag; 1] {
                    [Tag::new(
                        "week",
                        format!(concat!($prefix, "{}"), self.day / 7),
                    )]
                }
            }
        }
    };
}

program_with!(before, event(tag), event(tag = "activity:declined"), "");
program_with!(
    renamed,
    event(tag = "place"),
    event(tag = "activity:refused"),
    ""
);
program_with!(removed, doc = "no tag", doc = "no tag", "");
program_with!(text, event(tag), event(tag = "activity:declined"), "0");

#[test]
fn tags_are_locked() {
    let lock = locked(&program!(before)).to_string();
    for line in [
        "tag seat",
        "tagged \"seat:1\"",
        "tag \"activity:declined\"",
        "tagged \"week:0\"",
    ] {
        assert!(lock.contains(&format!("    {line}\n")), "{line} in\n{lock}");
    }
}

#[test]
fn a_renamed_or_removed_tag_is_breaking() {
    let lock = locked(&program!(before));
    assert_report("renamed_tag", &lock, &program!(renamed));
    assert_report("removed_tag", &lock, &program!(removed));
}

#[test]
fn another_text_of_a_tag_is_breaking() {
    let lock = locked(&program!(before));
    assert_report("other_tag", &lock, &program!(text));
}

#[test]
fn a_new_tag_is_reported_and_locked() {
    let lock = locked(&program!(removed));
    assert_report("new_tag", &lock, &program!(before));
    let updated = update(&lock, &program!(before));
    assert_eq!(updated, locked(&program!(before)));
}

#[test]
fn an_unused_tag_can_be_removed_from_the_lock() {
    let text = locked(&program!(before)).to_string();
    let is_kept = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("tag ") && (!line.starts_with("tagged") || line.contains("week"))
    };
    let lines: Vec<_> = text.lines().filter(is_kept).collect();
    let lock = LockFile::parse(&lines.join("\n")).unwrap();
    assert_holds(&lock, &program!(removed));
}

#[test]
fn a_lock_of_format_1_is_read_and_upgraded() {
    let text = locked(&program!(before)).to_string();
    let is_known = |line: &&str| !line.trim_start().starts_with("tag");
    let lines: Vec<_> = text.lines().filter(is_known).collect();
    let old = lines.join("\n").replace("format 2", "format 1");
    assert_report_of("tags_of_format_1", &old, &program!(before));
    let lock = LockFile::parse(&old).unwrap();
    assert_eq!(update(&lock, &program!(before)).to_string(), text);
}

#[test]
fn an_upcast_version_keeps_its_tags() {
    let lock = locked(&program!(versions));
    let text = lock.to_string();
    assert!(text.contains("tag room"), "{text}");
    assert_report("tag_of_a_version", &lock, &program!(new_version));
}

mod versions {
    use eventsource_core::event;

    #[event(name = "entered")]
    pub(super) struct Entered {
        #[event(tag)]
        room: String,
    }
}

mod new_version {
    use eventsource_core::event;

    #[event(name = "entered")]
    pub(super) struct EnteredV1 {
        #[event(tag)]
        room: String,
    }

    #[event(name = "entered", version = 2, from = EnteredV1)]
    pub(super) struct Entered {
        #[event(tag = "chamber")]
        room: String,
        count: u32,
    }

    impl From<EnteredV1> for Entered {
        fn from(EnteredV1 { room }: EnteredV1) -> Self {
            Self { room, count: 1 }
        }
    }
}
