//! Positions that are given before the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use eventsource_conformance::store;

use crate::sequence::{SequenceBed, Visible};
use crate::verdict::assert_fails;

const HELD: &str = "no_position_appears_late_beside_a_held_append";
const TAIL: &str = "readers_at_the_tail_of_two_handles_miss_nothing";

/// The fault of a `bigserial` column: a reader passes a position at which an event appears later.
#[test]
fn positions_come_from_a_sequence() {
    let report = store::run(|| SequenceBed::new(Visible::Committed));
    assert_fails(
        &report,
        &[
            HELD,
            TAIL,
            "a_reader_at_the_tail_misses_nothing",
            "a_reader_beside_an_import_misses_nothing",
        ],
    );
}

/// Each of the cases that can find the fault does so in 20 runs, with a held append and without.
#[test]
fn positions_of_a_sequence_are_found_whenever_the_suite_runs() {
    for case in [HELD, TAIL] {
        for run in 0..20 {
            let found = catch_unwind(AssertUnwindSafe(|| {
                store::test(case, || SequenceBed::new(Visible::Committed));
            }));
            assert!(found.is_err(), "run {run} of {case}");
        }
    }
}

/// A gap is taken for one that a failed append left.
#[test]
fn gaps_are_skipped_by_time() {
    let patience = Duration::from_millis(100);
    let report = store::run(|| SequenceBed::new(Visible::GapsSkippedAfter(patience)));
    assert_fails(&report, &[HELD]);
}
