//! The shop under every fault.

mod shop;

use eventsource_simulation::{FaultKind, Faults, Simulation};

#[test]
fn without_faults_every_promise_holds() {
    let report = shop::simulation().faults(Faults::none()).seeds(0..4).run();
    println!("{report}");
    assert!(report.commits > 400, "{report}");
}

#[test]
fn with_every_fault_every_promise_holds_and_everything_happens_in_some_seed() {
    let faults = FaultKind::ALL.iter().map(|kind| kind.name());
    let others = [
        "conflict",
        "cut off command",
        "parking",
        "reached",
        "refusal",
        "take-over",
        "unknown outcome",
    ];
    let simulation = faults
        .chain(others)
        .fold(shop::simulation(), Simulation::sometimes);
    println!("{}", simulation.run());
}
