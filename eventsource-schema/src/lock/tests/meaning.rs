//! What is stored in a shape that stays has to mean what it meant.
#![allow(dead_code, reason = "no event happens here")]

use super::{assert_report, locked, program};

/// What a module holds, but for the code that reads and writes it.
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
fn a_default_means_what_it_meant() {
    let lock = locked(&program!(before));
    assert_report("other_default", &lock, &program!(default));
}

#[test]
fn a_step_makes_what_it_made() {
    let lock = locked(&program!(before));
    assert_report("other_step", &lock, &program!(step));
}

#[test]
fn what_is_written_is_read_again() {
    let lock = locked(&program!(before));
    assert_report("other_writer", &lock, &program!(writer));
    assert_report("other_name", &lock, &program!(name));
}
