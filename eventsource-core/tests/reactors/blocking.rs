//! Reactors that block the runtime they run on.

mod reactors;

use std::future::Future;
use std::thread;

use eventsource_core::read_model::{Generation, ModelId, RunState};
use eventsource_core::store::BoxFuture;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane, SystemEnvironment};
use eventsource_core::{Id, ReadModelStore, Timestamp};
use tokio::runtime::Runtime;

use crate::shop::{OrderEvent, Shop};
use reactors::{BlockingReactors, all_are, as_many_workers_as_reactors, current_thread, until};

/// Drives a runtime on a thread of its own, for as long as the process lives.
fn drive(runtime: Runtime) -> tokio::runtime::Handle {
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
}

fn block_on<F: Future>(future: F) -> F::Output {
    current_thread().block_on(future)
}

/// Delivers events, and returns the number of deliveries to each reactor and the epochs.
fn deliver(runtime: Runtime, environment: impl Environment + Clone) -> ([usize; 2], [u64; 2]) {
    let shop = Shop::default();
    let (of_owner, of_standby) = (BlockingReactors::default(), BlockingReactors::default());
    let owner = drive(runtime);
    let running = {
        let runner = shop.runner().in_environment(environment.clone());
        owner.block_on(of_owner.add_to(runner).start()).unwrap()
    };
    until("running", || all_are(&running, &RunState::Running));
    let other = drive(current_thread());
    let standby = {
        let runner = shop.runner().in_environment(environment);
        other.block_on(of_standby.add_to(runner).start()).unwrap()
    };
    until("standing by", || all_are(&standby, &RunState::Standby));
    block_on(async {
        for number in [1, 2] {
            shop.happened(Id::new(), &[OrderEvent::Placed { number }])
                .await;
        }
    });
    let total = || {
        let (owner, standby) = (of_owner.counts(), of_standby.counts());
        [owner[0] + standby[0], owner[1] + standby[1]]
    };
    let is_past = || {
        let statuses = running.status().into_iter().zip(standby.status());
        statuses
            .map(|(one, other)| one.position.offset().max(other.position.offset()))
            .all(|offset| offset.get() == 2)
    };
    let epochs = || {
        ["first", "second"].map(|name| {
            let progress = shop
                .models
                .progress(ModelId::reactor(name), Generation::Serving);
            block_on(progress).unwrap().unwrap().checkpoint.epoch
        })
    };
    // Where they are taken over, both may never get past an event.
    until("past both events", || is_past() || epochs() != [1, 1]);
    (total(), epochs())
}

#[test]
fn who_blocks_a_runtime_of_one_thread_for_three_times_the_lease_keeps_it() {
    let (counts, epochs) = deliver(current_thread(), SystemEnvironment);
    assert_eq!((counts, epochs), ([2, 2], [1, 1]));
}

#[test]
fn as_many_blocking_reactors_as_workers_keep_their_leases() {
    let (counts, epochs) = deliver(as_many_workers_as_reactors(), SystemEnvironment);
    assert_eq!((counts, epochs), ([2, 2], [1, 1]));
}

/// Runs heartbeats where the work runs.
#[derive(Clone, Debug)]
struct OneLane;

impl Environment for OneLane {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        let lane = match lane {
            Lane::Heartbeat => Lane::Work,
            lane => lane,
        };
        SystemEnvironment.spawn(lane, task);
    }
}

/// The control.
#[test]
fn without_a_lane_of_its_own_a_heartbeat_is_held_up_by_who_blocks() {
    let (_, epochs) = deliver(current_thread(), OneLane);
    assert!(epochs.iter().any(|epoch| *epoch > 1), "{epochs:?}");
}
