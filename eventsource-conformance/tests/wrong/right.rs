//! Right stores, of which no case fails.

use eventsource_conformance::{Report, read_model, store};

use crate::faulty::{Fault, FaultyBed};
use crate::faulty_models::{FaultyModelsBed, LockedModelsBed, ModelsFault};
use crate::sequence::{SequenceBed, Visible};
use crate::server::{ServerBed, ServerFault};

#[derive(Clone)]
struct Nothing;

impl Fault for Nothing {}
impl ModelsFault for Nothing {}

/// Checks that only the cases that need one of these are skipped, and that no other one fails.
pub(crate) fn assert_keeps_all(report: &Report, skipped: &[&str]) {
    assert!(report.failed.is_empty(), "{report}");
    let needs = report.skipped.iter().map(|it| it.needs);
    assert!(needs.clone().all(|it| skipped.contains(&it)), "{report}");
    assert!(
        skipped
            .iter()
            .all(|it| needs.clone().any(|needs| needs == *it))
    );
}

/// The store in memory supports neither held appends nor cut connections.
#[test]
fn the_store_in_memory() {
    let report = store::run(|| FaultyBed::new(Nothing));
    assert_keeps_all(&report, &["hold", "cut"]);
}

/// Its positions have holes, and no reader passes one that may still be filled.
#[test]
fn a_store_that_gives_positions_before_it_commits() {
    let report = store::run(|| SequenceBed::new(Visible::BelowInFlight));
    assert_keeps_all(&report, &["cut"]);
}

/// Its clients have connections.
#[test]
fn a_store_behind_connections() {
    assert_keeps_all(&store::run(|| ServerBed::new(ServerFault::None)), &[]);
}

#[test]
fn the_read_models_in_memory() {
    let report = read_model::run(|| FaultyModelsBed::new(Nothing));
    assert_keeps_all(&report, &["hold"]);
}

/// Its writes can be held.
#[test]
fn read_models_behind_a_lock() {
    let report = read_model::run(LockedModelsBed::default);
    assert_keeps_all(&report, &[]);
}
