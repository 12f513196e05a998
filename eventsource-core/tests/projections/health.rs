use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};
use std::time::Duration;

use eventsource_core::read_model::{Model, RunState};
use eventsource_core::store::StoreErrorKind;
use eventsource_core::testing::TestEnvironment;
use eventsource_core::{Health, MemoryReadModels, MemoryStore, Position, Runner, Running};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::flaky::Flaky;
use crate::meters::{Usage, read, spoil};
use crate::pausing::Pausing;

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The log lines of this thread.
struct Log;

impl Log {
    /// Logs from now on, for the whole process: were there a subscriber for this thread alone,
    /// a test on another thread that comes past an event first would switch it off for all.
    fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(|| Self);
            subscriber.init();
        });
    }

    fn count(text: &str) -> usize {
        let log = String::from_utf8(LOG.with_borrow(Vec::clone)).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn until(holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let long = Duration::from_secs(60);
    timeout(long, held).await.expect("it comes to that");
}

fn is_failing(running: &Running, why: &str) -> bool {
    matches!(running.health(), Health::Failing(reason) if reason.contains(why))
}

#[tokio::test(start_paused = true)]
async fn a_stall_is_told_within_seconds_and_once_and_so_is_its_end() {
    Log::listen();
    let store = MemoryStore::new();
    let (hangs, model) = (
        Arc::new(Notify::new()),
        Model::new("hanging", 1, Vec::new()),
    );
    let hanging = Pausing::pipeline(model, {
        let hangs = Arc::clone(&hangs);
        move || Arc::clone(&hangs).notified_owned()
    });
    let runner =
        Runner::new(store.clone(), MemoryReadModels::new()).in_environment(TestEnvironment);
    let running = runner
        .run(hanging)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    // However long there is nothing to do.
    sleep(Duration::from_secs(100)).await;
    assert_eq!(running.health(), Health::Healthy);
    read(&store, "kitchen", 1).await;
    sleep(Duration::from_secs(4)).await;
    assert_eq!(running.health(), Health::Healthy);
    sleep(Duration::from_millis(1_600)).await;
    let status = running.status();
    assert_eq!(status[0].state, RunState::Running);
    assert!(status[0].stalled_for >= Some(Duration::from_secs(5)));
    assert_eq!(
        (status[1].stalled_for, status[1].health()),
        (None, Health::Healthy)
    );
    let reason =
        "`hanging` version 1 has stood at position 0 of 1 for 5 s; does a call in it hang?";
    assert_eq!(running.health(), Health::Failing(reason.to_owned()));
    sleep(Duration::from_secs(20)).await;
    assert!(running.status()[0].stalled_for >= Some(Duration::from_secs(25)));
    assert_eq!(Log::count("a projection has stalled"), 1);
    assert_eq!(Log::count("a projection goes on"), 0);
    hangs.notify_one();
    until(|| running.health() == Health::Healthy).await;
    assert_eq!(running.status()[0].stalled_for, None);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(Log::count("a projection has stalled"), 1);
    assert_eq!(Log::count("a projection goes on"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stall_goes_on_while_the_lease_is_claimed_again() {
    let store = MemoryStore::new();
    read(&store, "kitchen", 1).await;
    // Each attempt ends before it has taken 5 seconds. The first write fails, and the second one is stored.
    let model = Model::new("slow", 1, Vec::new());
    let slow = Pausing::pipeline(model, || sleep(Duration::from_millis(4_200)));
    let models = Flaky::new(MemoryReadModels::new(), StoreErrorKind::Busy, 1);
    let next_claim = Arc::clone(&models.next_claim);
    let runner = Runner::new(store, models).in_environment(TestEnvironment);
    let running = runner.run(slow).start().await.unwrap();
    until(|| is_failing(&running, "tries again")).await;
    next_claim.store(1_000, Ordering::SeqCst);
    until(|| is_failing(&running, "has stood at position 0 of 1 for 5 s")).await;
    until(|| running.status()[0].position == Position::new(1)).await;
    until(|| running.health() == Health::Healthy).await;
    assert_eq!(running.status()[0].stalled_for, None);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_hangs_is_a_stall() {
    let store = MemoryStore::new();
    read(&store, "kitchen", 1).await;
    let models = MemoryReadModels::new();
    let first = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .project::<Usage>();
    let first = first.start().await.unwrap();
    until(|| first.status()[0].state == RunState::Running).await;
    let hanging = Flaky::new(models, StoreErrorKind::Busy, usize::MAX);
    hanging.next_look.store(u64::MAX, Ordering::SeqCst);
    let second = Runner::new(store.clone(), hanging)
        .in_environment(TestEnvironment)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    until(|| is_failing(&second, "has stood at position 0 of 1")).await;
    assert_eq!(first.health(), Health::Healthy);
}

#[tokio::test(start_paused = true)]
async fn the_worst_of_all_is_told_and_who_stands_by_is_well() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let well = || Pausing::pipeline(Model::new("well", 1, Vec::new()), || std::future::ready(()));
    let runner = || {
        Runner::new(store.clone(), models.clone())
            .in_environment(TestEnvironment)
            .run(well())
    };
    let (one, other) = (
        runner().project::<Usage>().start().await.unwrap(),
        runner().start().await.unwrap(),
    );
    until(|| other.status()[0].state == RunState::Standby).await;
    until(|| one.status()[1].state == RunState::Running).await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(
        (one.health(), other.health()),
        (Health::Healthy, Health::Healthy)
    );
    spoil(&store).await;
    until(|| {
        is_failing(
            &one,
            "`usage` version 1 has stopped: event `meter.read` at position 1",
        )
    })
    .await;
    assert_eq!(one.status()[0].health(), Health::Healthy);
    assert_eq!(other.health(), Health::Healthy);
}

#[tokio::test(start_paused = true)]
async fn who_tries_again_is_not_well_until_it_goes() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let flaky = Flaky::new(models, StoreErrorKind::Busy, 1);
    let running = Runner::new(store.clone(), flaky)
        .in_environment(TestEnvironment)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    until(|| is_failing(&running, "tries again: the disk is on strike")).await;
}
