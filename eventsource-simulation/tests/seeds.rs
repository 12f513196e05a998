//! The shop under every fault.

mod shop;

use eventsource_simulation::Faults;

#[test]
fn without_faults_every_promise_holds() {
    let report = shop::simulation().faults(Faults::none()).seeds(0..4).run();
    println!("{report}");
    assert!(report.commits > 400, "{report}");
}

#[test]
fn with_every_fault_every_promise_holds() {
    println!("{}", shop::simulation().run());
}
