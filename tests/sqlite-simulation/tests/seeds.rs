//! The shop on a store of `eventsource-sqlite`, under every fault that needs no model of the disk.

#[path = "../../../eventsource-simulation/tests/shop/mod.rs"]
mod shop;

use std::fs;
use std::time::Duration;

use eventsource_simulation::{BoxError, Failure, FaultKind, Faults, Flaw, Process, Simulation};
use eventsource_sqlite::SqliteStore;
use eventsource_sqlite_simulation_tests::{StoreFolder, open};
use shop::Shop;

/// The faults that strike processes, calls and code of users.
const FAULTS: [FaultKind; 16] = [
    FaultKind::Kill,
    FaultKind::Freeze,
    FaultKind::BlockWork,
    FaultKind::BlockBackground,
    FaultKind::DropRuntime,
    FaultKind::Date,
    FaultKind::SlowCommit,
    FaultKind::SlowSync,
    FaultKind::Error,
    FaultKind::LostAnswer,
    FaultKind::PoisonApply,
    FaultKind::PoisonKey,
    FaultKind::PoisonHandler,
    FaultKind::PoisonDecision,
    FaultKind::DeployOlder,
    FaultKind::DeployNewer,
];

/// The shop in a process, and its store.
type Program = (Shop, SqliteStore);

async fn start(process: Process) -> Result<Program, BoxError> {
    let (store, seen) = open(&process).await?;
    Ok((shop::start_on(process, seen.clone(), seen).await?, store))
}

fn simulation() -> Simulation<Program> {
    simulation_of(Simulation::new(start))
}

fn simulation_of(simulation: Simulation<Program>) -> Simulation<Program> {
    shop::promises(simulation)
        .clients(4, |(shop, _), client| shop::customer(shop, client))
        .each_run(StoreFolder::new)
        .last_look(|(_, store)| async move { store.verify().await })
        .faults(Faults::only(FAULTS))
        .seeds(0..8)
}

#[test]
fn with_every_fault_of_processes_every_promise_holds() {
    let report = simulation().run();
    println!("{report}");
    assert!(report.commits > 0, "{report}");
}

#[test]
fn without_faults_every_promise_holds() {
    let report = simulation().faults(Faults::none()).seeds(0..2).run();
    println!("{report}");
    assert!(report.commits > 200, "{report}");
}

#[test]
fn no_fault_that_was_found_comes_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts");
    shop::kept::play_all(&simulation(), folder);
}

/// The failure that a simulation comes to, within its seeds.
fn failure(simulation: Simulation<Program>) -> Box<Failure> {
    let simulation = simulation.shrink_for(Duration::ZERO).seeds(0..32);
    let found = simulation.try_run();
    found.map_or_else(
        |failure| failure,
        |report| panic!("it is not found: {report}"),
    )
}

#[test]
fn a_log_that_is_lost_between_two_starts_is_found() {
    async fn start_without_log(process: Process) -> Result<Program, BoxError> {
        let store = process.of_run::<StoreFolder>().store();
        let _ = fs::remove_file(store.with_extension("db-wal"));
        start(process).await
    }
    let simulation = simulation_of(Simulation::new(start_without_log)).processes(1);
    let failure = failure(simulation.faults(Faults::only([FaultKind::Kill])));
    assert_eq!(failure.check, "log", "{failure}");
}

#[test]
fn a_torn_commit_is_found() {
    let failure = failure(simulation().flaw(Flaw::TornCommit));
    assert_eq!(failure.check, "durable", "{failure}");
}

#[test]
fn a_row_that_is_lost_is_found() {
    let failure = failure(simulation().flaw(Flaw::LostRow));
    assert_eq!(failure.check, "rows", "{failure}");
}
