//! The verdict that a suite has to give.

use std::collections::BTreeSet;

use eventsource_conformance::{Report, read_model, store};

use crate::faulty::{Fault, FaultyBed};
use crate::faulty_models::{FaultyModelsBed, ModelsFault};

/// Exactly these cases fail.
pub(crate) fn assert_fails(report: &Report, cases: &[&str]) {
    assert_fails_with(report, cases, &[]);
}

/// Exactly these cases fail, and perhaps some of `sometimes`, which find the fault only if a
/// runner is stopped at the right moment.
pub(crate) fn assert_fails_with(report: &Report, cases: &[&str], sometimes: &[&str]) {
    let failed = report.failed.iter().map(|failed| failed.case);
    let failed: BTreeSet<_> = failed.filter(|case| !sometimes.contains(case)).collect();
    let expected: BTreeSet<_> = cases.iter().copied().collect();
    assert_eq!(failed, expected, "{report}");
}

/// A store of events with this fault fails exactly these cases.
pub(crate) fn fails<F: Fault + Clone>(fault: impl Fn() -> F, cases: &[&str]) {
    assert!(!cases.is_empty(), "a fault that no case finds");
    assert_fails(&store::run(|| FaultyBed::new(fault())), cases);
}

/// A store of read models with this fault fails exactly these cases.
pub(crate) fn models_fail<F: ModelsFault + Clone>(fault: impl Fn() -> F, cases: &[&str]) {
    assert!(!cases.is_empty(), "a fault that no case finds");
    let report = read_model::run(|| FaultyModelsBed::new(fault()));
    assert_fails(&report, cases);
}
