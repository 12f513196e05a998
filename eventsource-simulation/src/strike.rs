//! The effects of a fault.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::fault::{Fault, FaultKind};
use crate::fleet::Fleet;
use crate::observation::Observation;
use crate::process_id::{ProcessId, TaskLane};

/// The time after which an operator notices that a restore has left rows of another history.
const REPAIR: Duration = Duration::from_secs(20);
/// The time after which the slow groups of a real store are written.
const QUEUE: Duration = Duration::from_secs(15);

/// Brings a fault about, and ends it.
pub(crate) async fn strike<P: Clone + Send + Sync + 'static>(fleet: &Arc<Fleet<P>>, fault: &Fault) {
    let world = &fleet.world;
    let fault = &Fault {
        process: fault.process % fleet.processes(),
        ..fault.clone()
    };
    let (process, lasts) = (fault.process, Duration::from_millis(fault.lasts));
    let simulation = ProcessId::SIMULATION;
    world
        .observer
        .note(world.elapsed(), simulation, || fault.to_string());
    if let Some(struck) = world.backend.strike(world, fault) {
        struck.await;
        return count(fleet, fault.kind);
    }
    match fault.kind {
        FaultKind::Kill => restart(fleet, process, lasts).await,
        FaultKind::PowerCut => {
            fleet.take_all_down();
            cut_power(fleet);
            sleep(lasts).await;
            fleet.bring_all_up();
        }
        FaultKind::Freeze => hold(fleet, process, &TaskLane::ALL, lasts).await,
        FaultKind::BlockWork => hold(fleet, process, &[TaskLane::Work], lasts).await,
        FaultKind::BlockBackground => hold(fleet, process, &[TaskLane::Background], lasts).await,
        FaultKind::DropRuntime => {
            let id = ProcessId::new(process, 0);
            world.observe(id, &Observation::Held(true));
            fleet.drop_runtime(process);
            sleep(lasts).await;
            world.observe(id, &Observation::Held(false));
            fleet.take_down(process);
            fleet.bring_up(process);
        }
        FaultKind::RestoreBoth => {
            fleet.take_all_down();
            let commits = lose_commits(fleet, fault.by);
            lose_rows(fleet, world.rows.changes_at(commits));
            sleep(lasts).await;
            fleet.bring_all_up();
        }
        FaultKind::RestoreEvents => {
            fleet.take_all_down();
            lose_commits(fleet, fault.by);
            sleep(lasts).await;
            fleet.bring_all_up();
            sleep(REPAIR).await;
            remove_rows(fleet);
        }
        FaultKind::RestoreRows => {
            fleet.take_all_down();
            let lost = usize::try_from(fault.by).unwrap_or_default();
            lose_rows(fleet, world.rows.changes().saturating_sub(lost));
            sleep(lasts).await;
            fleet.bring_all_up();
        }
        FaultKind::Rewind => {
            lose_commits(fleet, fault.by);
            sleep(lasts).await;
            remove_rows(fleet);
        }
        FaultKind::Date => {
            let by = fault.by.saturating_mul(1_000_000);
            world.clock.step(process, by);
            sleep(lasts).await;
            world.clock.put_right(process, by, world.elapsed());
        }
        FaultKind::DeployOlder | FaultKind::DeployNewer => {
            let is_older = fault.kind == FaultKind::DeployOlder;
            fleet.set_release(process, if is_older { 0 } else { 2 });
            restart(fleet, process, lasts).await;
        }
        FaultKind::PoisonKey => {
            world.windows.open(fault);
            sleep(lasts).await;
            world.windows.close(fault);
            // A projection that cannot read an event stops, until a mended program is started.
            fleet.take_all_down();
            fleet.bring_all_up();
        }
        FaultKind::SlowCommit | FaultKind::SlowSync if world.externals.were_there() => {
            world.windows.open(fault);
            show_held(fleet, process, true);
            sleep(lasts).await;
            world.windows.close(fault);
            // The groups that are on their way are slow, and others wait behind them.
            sleep(QUEUE).await;
            show_held(fleet, process, false);
        }
        _ => open_window(fleet, fault, lasts).await,
    }
    count(fleet, fault.kind);
}

/// Lets a fault strike calls, or code that asks for it, for a while.
async fn open_window<P>(fleet: &Fleet<P>, fault: &Fault, lasts: Duration) {
    let (world, id) = (&fleet.world, ProcessId::new(fault.process, 0));
    let holds_up = matches!(
        fault.kind,
        FaultKind::Error | FaultKind::LostRequest | FaultKind::LostAnswer | FaultKind::Clog
    );
    world.windows.open(fault);
    if holds_up {
        world.observe(id, &Observation::Held(true));
    }
    sleep(lasts).await;
    world.windows.close(fault);
    if holds_up {
        world.observe(id, &Observation::Held(false));
    }
}

/// Counts a fault that has struck. Those that strike single calls are counted by them.
fn count<P>(fleet: &Fleet<P>, kind: FaultKind) {
    let strikes_calls = matches!(
        kind,
        FaultKind::Full
            | FaultKind::Error
            | FaultKind::LostRequest
            | FaultKind::LostAnswer
            | FaultKind::Clog
            | FaultKind::StaleRead
            | FaultKind::StandbyAhead
            | FaultKind::PoisonApply
            | FaultKind::PoisonKey
            | FaultKind::PoisonHandler
            | FaultKind::PoisonDecision
    );
    if !strikes_calls {
        fleet.world.observer.count(kind.name());
    }
}

async fn restart<P: Clone + Send + Sync + 'static>(
    fleet: &Arc<Fleet<P>>,
    process: u16,
    down: Duration,
) {
    fleet.take_down(process);
    sleep(down).await;
    fleet.bring_up(process);
}

async fn hold<P: Clone + Send + Sync + 'static>(
    fleet: &Fleet<P>,
    process: u16,
    lanes: &[TaskLane],
    lasts: Duration,
) {
    let world = &fleet.world;
    // Whatever else stands still, leases are renewed. A real store has one lock for all that it writes.
    let holds_leases_up =
        lanes.contains(&TaskLane::Heartbeat) || fleet.world.externals.were_there();
    if holds_leases_up {
        show_held(fleet, process, true);
    }
    for lane in lanes {
        world.scheduler.hold(process, *lane);
    }
    sleep(lasts).await;
    for lane in lanes {
        world.scheduler.release(process, *lane);
    }
    if holds_leases_up {
        show_held(fleet, process, false);
    }
}

/// Shows that a process is held up, or goes on. In a real store of one file a process that stands still may
/// have the lock for which the others wait to renew their leases.
fn show_held<P: Clone + Send + Sync + 'static>(fleet: &Fleet<P>, process: u16, is_held: bool) {
    let world = &fleet.world;
    let all = 0..fleet.processes();
    let held = all.filter(|other| *other == process || world.externals.were_there());
    for held in held {
        world.observe(ProcessId::new(held, 0), &Observation::Held(is_held));
    }
}

/// Takes both volumes back to some point after their last sync.
fn cut_power<P>(fleet: &Fleet<P>) {
    let world = &fleet.world;
    let kept = |synced: usize, all: usize, site| {
        let draw = world.draws.next(ProcessId::SIMULATION.drawer(), site);
        usize::try_from(draw.within(synced as u64..all as u64 + 1)).unwrap_or(all)
    };
    let commits = kept(
        world.events.synced(),
        world.events.commits(),
        "kept commits",
    );
    world.events.truncate(commits);
    let head = world.events.end(0).position();
    world.observe(ProcessId::SIMULATION, &Observation::Recovered { head });
    let changes = kept(world.rows.synced(), world.rows.changes(), "kept rows");
    lose_rows(fleet, changes);
}

/// Loses the newest commits, and answers how many are left.
fn lose_commits<P>(fleet: &Fleet<P>, lost: i64) -> usize {
    let world = &fleet.world;
    world.backend.break_off(world);
    let lost = usize::try_from(lost).unwrap_or_default();
    let commits = world.events.commits().saturating_sub(lost);
    world.events.truncate(commits);
    let head = world.events.end(0).position();
    world.observe(ProcessId::SIMULATION, &Observation::EventsLost { head });
    commits
}

fn lose_rows<P>(fleet: &Fleet<P>, kept: usize) {
    let world = &fleet.world;
    if kept < world.rows.changes() {
        world.rows.truncate(kept);
        world.observe(ProcessId::SIMULATION, &Observation::RowsLost);
    }
}

/// Removes rows of a history that is gone, with every process down: what an operator does whose read
/// models are in another file than the events.
fn remove_rows<P: Clone + Send + Sync + 'static>(fleet: &Arc<Fleet<P>>) {
    fleet.take_all_down();
    lose_rows(fleet, 0);
    fleet.bring_all_up();
}
