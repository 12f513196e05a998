//! The shop under every fault.

mod shop;

use std::time::Duration;

use eventsource_simulation::{Deployment, FaultKind, Faults, Simulation};

/// The shop under every fault of a deployment, each of which has to strike in some seed.
fn with_every_fault(deployment: Deployment) {
    let faults = FaultKind::ALL.iter();
    let faults = faults.filter(|kind| kind.strikes_in(deployment));
    let everywhere = [
        "conflict",
        "cut off command",
        "parking",
        "reached",
        "refusal",
        "take-over",
        "unknown outcome",
    ];
    let simulation = faults.map(|kind| kind.name()).chain(everywhere).fold(
        shop::simulation().deployment(deployment),
        Simulation::sometimes,
    );
    println!("{}", simulation.run());
}

#[test]
fn without_faults_every_promise_holds() {
    for deployment in Deployment::ALL {
        let simulation = shop::simulation().deployment(*deployment);
        let report = simulation.faults(Faults::none()).seeds(0..4).run();
        println!("{deployment}: {report}");
        assert!(report.commits > 400, "{report}");
    }
}

#[test]
fn with_every_fault_every_promise_holds_and_everything_happens_in_some_seed() {
    with_every_fault(Deployment::Embedded);
}

#[test]
fn on_a_server_whose_network_fails_every_promise_holds() {
    let faults = [
        FaultKind::Clog,
        FaultKind::Failover,
        FaultKind::Freeze,
        FaultKind::Kill,
        FaultKind::LostAnswer,
        FaultKind::LostRequest,
        FaultKind::PowerCut,
        FaultKind::StandbyAhead,
    ];
    let simulation = shop::simulation().deployment(Deployment::Server);
    let simulation = simulation.faults(Faults::only(faults));
    let others = [
        "busy",
        "idle transaction",
        "in doubt",
        "settled as not stored",
        "settled as stored",
        "unknown outcome",
    ];
    let simulation = others.into_iter().fold(simulation, Simulation::sometimes);
    println!("{}", simulation.run());
}

#[test]
fn on_a_server_every_promise_holds_and_everything_happens_in_some_seed() {
    with_every_fault(Deployment::Server);
}

#[test]
fn on_a_cluster_whose_servers_fail_every_promise_holds() {
    let faults = [
        FaultKind::DiskLoss,
        FaultKind::Election,
        FaultKind::Kill,
        FaultKind::LostAnswer,
        FaultKind::Partition,
        FaultKind::Rewind,
        FaultKind::SlowSync,
        FaultKind::StaleLeader,
    ];
    // The servers are given the time to come back between two faults.
    let simulation = shop::simulation().pace(Duration::from_millis(100));
    let simulation = simulation.deployment(Deployment::Cluster);
    let simulation = simulation.faults(Faults::only(faults));
    let others = [
        "abandoned batch",
        "answer from the past",
        "quorum check",
        "sent again",
        "unknown outcome",
    ];
    let simulation = others.into_iter().fold(simulation, Simulation::sometimes);
    println!("{}", simulation.run());
}

#[test]
fn on_a_cluster_every_promise_holds_and_everything_happens_in_some_seed() {
    with_every_fault(Deployment::Cluster);
}
