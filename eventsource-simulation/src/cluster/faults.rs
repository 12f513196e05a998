//! The faults of a cluster.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::quorum::SERVERS;
use super::servers::Servers;
use crate::observation::Observation;
use crate::process_id::ProcessId;
use crate::world::World;

/// The leader ends. For a while there is none; then one is elected, and the old one comes back.
pub(super) async fn hold_election(servers: &Arc<Servers>, world: &Arc<World>, lasts: Duration) {
    let Some(leader) = servers.leader() else {
        return sleep(lasts).await;
    };
    servers.stop(world, leader);
    sleep(lasts).await;
    servers.allow_election(world);
    sleep(back_after(world)).await;
    servers.start(world, leader);
}

/// The leader is paused for a third of the time. The others elect another one; when the old one wakes, it
/// answers from its past for the rest of the time.
pub(super) async fn pause_leader(servers: &Arc<Servers>, world: &Arc<World>, lasts: Duration) {
    let Some(leader) = servers.leader() else {
        return sleep(lasts).await;
    };
    if !servers.pause(world, leader) {
        return hold_election(servers, world, lasts).await;
    }
    let third = lasts / 3;
    sleep(third).await;
    servers.allow_election(world);
    servers.wake();
    sleep(third * 2).await;
    servers.step_down();
    servers.start(world, leader);
}

/// A server loses its disk, and comes back once it can copy the log.
pub(super) async fn lose_disk(servers: &Arc<Servers>, world: &Arc<World>, lasts: Duration) {
    let draw = world.draw(ProcessId::SIMULATION, "lost disk");
    let server = usize::try_from(draw.below(SERVERS as u64)).expect("it is below 3");
    if !servers.lose_disk(world, server) {
        return sleep(lasts).await;
    }
    servers.allow_election(world);
    sleep(lasts).await;
    while servers.leader().is_none() {
        sleep(back_after(world)).await;
    }
    servers.start(world, server);
}

/// A process reaches one server only, which has no contact to the leader. Its projections fail and wait, so
/// that others may take them over.
pub(super) async fn cut_off(
    servers: &Arc<Servers>,
    world: &Arc<World>,
    process: u16,
    lasts: Duration,
) {
    let id = ProcessId::new(process, 0);
    servers.cut_off(world, process);
    world.observe(id, &Observation::Held(true));
    sleep(lasts).await;
    servers.join(process);
    world.observe(id, &Observation::Held(false));
}

fn back_after(world: &World) -> Duration {
    let draw = world.draw(ProcessId::SIMULATION, "server back");
    draw.duration(Duration::from_millis(100)..Duration::from_secs(3))
}
