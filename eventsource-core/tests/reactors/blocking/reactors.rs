//! Two reactors that block the thread they run on. Tests of other stores include this file as well.
//!
//! The file takes `OrderEvent`, whose variant `Placed` the reactors react to, from the module that
//! includes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_core::{Delivery, React, Reactor, Recorded, Runner, Running};
use tokio::runtime::{Builder, Runtime};

use super::OrderEvent;

pub(crate) const TTL: Duration = Duration::from_millis(500);

/// Counts a call and blocks its thread for three times the lease.
pub(crate) fn block(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
    thread::sleep(TTL * 3);
}

#[derive(Clone, Default, Reactor)]
#[reactor(name = "first", event = OrderEvent(Placed))]
struct First(Arc<AtomicUsize>);

impl React<OrderEvent> for First {
    type Error = String;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), String> {
        block(&self.0);
        Ok(())
    }
}

#[derive(Clone, Default, Reactor)]
#[reactor(name = "second", event = OrderEvent(Placed))]
struct Second(Arc<AtomicUsize>);

impl React<OrderEvent> for Second {
    type Error = String;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), String> {
        block(&self.0);
        Ok(())
    }
}

/// Both reactors, and how often each reacted.
#[derive(Clone, Default)]
pub(crate) struct BlockingReactors {
    first: First,
    second: Second,
}

impl BlockingReactors {
    /// Adds both to a runner, with a lease that each of their reactions outlasts.
    pub(crate) fn add_to(&self, runner: Runner) -> Runner {
        let runner = runner.lease(TTL).react(self.first.clone());
        runner.react(self.second.clone())
    }

    pub(crate) fn counts(&self) -> [usize; 2] {
        [&self.first.0, &self.second.0].map(|count| count.load(Ordering::SeqCst))
    }
}

pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

pub(crate) fn as_many_workers_as_reactors() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().unwrap()
}

/// Waits by looking again and again, on the thread of the test.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not {what}");
}

pub(crate) fn all_are(running: &Running, state: &RunState) -> bool {
    running.status().iter().all(|status| status.state == *state)
}
