//! Reactors that block the runtime they run on.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use eventsource_core::read_model::{Model, Place, RunState};
use eventsource_core::store::BoxFuture;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane, SystemEnvironment};
use eventsource_core::{
    Delivery, Id, React, Reactor, ReadModelStore, Recorded, Runner, Running, Timestamp,
};
use tokio::runtime::{Builder, Runtime};

use crate::shop::{OrderEvent, Shop};

const TTL: Duration = Duration::from_millis(400);

/// Blocks the thread that it runs on for three times the lease.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "first", event = OrderEvent(Placed))]
struct First(Arc<AtomicUsize>);

/// The same beside it.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "second", event = OrderEvent(Placed))]
struct Second(Arc<AtomicUsize>);

fn block(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
    thread::sleep(TTL * 3);
}

impl React<OrderEvent> for First {
    type Error = String;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), String> {
        block(&self.0);
        Ok(())
    }
}

impl React<OrderEvent> for Second {
    type Error = String;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), String> {
        block(&self.0);
        Ok(())
    }
}

/// What reacts, and how often it did.
#[derive(Clone, Default)]
struct Blocking {
    first: First,
    second: Second,
}

impl Blocking {
    fn start(&self, runner: Runner) -> Running {
        let runner = runner.lease(TTL).react(self.first.clone());
        runner.react(self.second.clone()).start()
    }

    fn counts(&self) -> [usize; 2] {
        [&self.first.0, &self.second.0].map(|count| count.load(Ordering::SeqCst))
    }
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn as_many_workers_as_reactors() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().unwrap()
}

/// Waits by looking again and again, on the thread of the test.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not {what}");
}

fn all_are(running: &Running, state: &RunState) -> bool {
    running.status().iter().all(|status| status.state == *state)
}

/// Drives a runtime on a thread of its own, for as long as the process lives.
fn drive(runtime: Runtime) -> tokio::runtime::Handle {
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
}

fn block_on<F: Future>(future: F) -> F::Output {
    current_thread().block_on(future)
}

/// How often the events were delivered to each reactor, and under which epochs that was.
fn deliver(runtime: Runtime, environment: impl Environment + Clone) -> ([usize; 2], [u64; 2]) {
    let shop = Shop::default();
    let (of_owner, of_standby) = (Blocking::default(), Blocking::default());
    let owner = drive(runtime);
    let running = {
        let _entered = owner.enter();
        of_owner.start(shop.runner().in_environment(environment.clone()))
    };
    until("running", || all_are(&running, &RunState::Running));
    let other = drive(current_thread());
    let standby = {
        let _entered = other.enter();
        of_standby.start(shop.runner().in_environment(environment))
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
            let progress = shop.models.progress_of(Model::reactor(name), Place::Main);
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
