//! Reports about payloads that are read as other events although no shape changed.
#![allow(dead_code, reason = "no event happens here")]

use super::{assert_report, locked, program};

/// The content of a module, except the code that reads and writes it.
macro_rules! program_with {
    ($module:ident, $serde:meta, $default:literal, $step:literal) => {
        mod $module {
            use serde::{Deserialize, Serialize, Serializer};

            use eventsource_core::event;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub(super) struct Line {
                #[$serde]
                sku: u32,
                #[serde(default = "quantity")]
                quantity: u32,
            }

            fn quantity() -> u32 {
                $default
            }

            fn text<S: Serializer>(sku: &u32, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(sku)
            }

            #[event(name = "added")]
            pub(super) struct AddedV1 {
                sku: u32,
            }

            #[event(name = "added", version = 2, from = AddedV1)]
            pub(super) struct Added {
                line: Line,
            }

            impl From<AddedV1> for Added {
                fn from(AddedV1 { sku }: AddedV1) -> Self {
                    let quantity = $step;
                    let line = Line { sku, quantity };
                    Self { line }
                }
            }
        }
    };
}

program_with!(before, serde(default), 1, 1);
program_with!(default, serde(default), 2, 1);
program_with!(step, serde(default), 1, 0);
program_with!(writer, serde(default, serialize_with = "text"), 1, 1);
program_with!(name, serde(default, rename(serialize = "id")), 1, 1);

#[test]
fn another_default_is_breaking() {
    let lock = locked(&program!(before));
    assert_report("other_default", &lock, &program!(default));
}

#[test]
fn another_upcast_is_breaking() {
    let lock = locked(&program!(before));
    assert_report("other_step", &lock, &program!(step));
}

#[test]
fn a_writer_that_its_reader_does_not_match_is_breaking() {
    let lock = locked(&program!(before));
    assert_report("other_writer", &lock, &program!(writer));
    assert_report("other_name", &lock, &program!(name));
}
