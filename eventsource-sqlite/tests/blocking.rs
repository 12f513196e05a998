//! Code that blocks for three times the lease, beside a runner of another process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use eventsource_core::read_model::{Model, Place, RunState};
use eventsource_core::{
    Aggregate, Apply, Delivery, Id, React, Reactor, ReadModelStore, Recorded, Repository, Runner,
    Running, event,
};
use eventsource_sqlite::{SqliteHandler, SqliteStore, Transaction, handler};
use tokio::runtime::{Builder, Runtime};

const TTL: Duration = Duration::from_millis(500);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[event]
enum OrderEvent {
    Placed,
}

#[derive(Aggregate, Default)]
#[aggregate(event = OrderEvent)]
struct Order;

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, _: OrderEvent) {}
}

/// Blocks the thread that it runs on.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "first", event = OrderEvent)]
struct First(Arc<AtomicUsize>);

/// The same beside it.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "second", event = OrderEvent)]
struct Second(Arc<AtomicUsize>);

/// The same within the transaction of the store.
#[derive(Clone, Default)]
struct Third(Arc<AtomicUsize>);

fn block(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
    thread::sleep(TTL * 3);
}

impl React<OrderEvent> for First {
    type Error = Failure;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), Failure> {
        block(&self.0);
        Ok(())
    }
}

impl React<OrderEvent> for Second {
    type Error = Failure;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), Failure> {
        block(&self.0);
        Ok(())
    }
}

impl SqliteHandler for Third {
    type Events = OrderEvent;

    const NAME: &'static str = "third";
    const VERSION: u32 = 1;

    fn create(&self, _: &Transaction<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn handle(&self, _: &Recorded<OrderEvent>, _: &Transaction<'_>) -> Result<(), Failure> {
        block(&self.0);
        Ok(())
    }
}

/// What both processes run.
#[derive(Clone, Default)]
struct Blocking(First, Second, Third);

impl Blocking {
    fn reactors(&self, store: &SqliteStore) -> Runner {
        let runner = Runner::new(store.clone(), store.clone()).lease(TTL);
        runner.react(self.0.clone()).react(self.1.clone())
    }

    fn handler(&self, store: &SqliteStore) -> Runner {
        let runner = Runner::new(store.clone(), store.clone()).lease(TTL);
        runner.run(handler(self.2.clone()))
    }

    fn counts(&self) -> [usize; 3] {
        let counts = [&self.0.0, &self.1.0, &self.2.0];
        counts.map(|count| count.load(Ordering::SeqCst))
    }
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn two_workers() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().unwrap()
}

/// Opens the store as another process would, and drives a runner on it.
fn start(
    path: &Path,
    runtime: Runtime,
    runner: impl FnOnce(&SqliteStore) -> Runner + Send + 'static,
) -> Running {
    let path = path.to_owned();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        runtime.block_on(async {
            let store = SqliteStore::open(path).await.unwrap();
            sender.send(runner(&store).start()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
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

/// Appends two events while two processes run the models, and looks how often each event was
/// delivered and how often each model has changed hands.
fn deliver(
    runtime: Runtime,
    models: &[Model],
    runner: fn(&Blocking, &SqliteStore) -> Runner,
) -> ([usize; 3], Vec<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let all = Blocking::default();
    let run = || {
        let all = all.clone();
        move |store: &SqliteStore| runner(&all, store)
    };
    let here = current_thread();
    let store = here.block_on(SqliteStore::open(&path)).unwrap();
    let owner = start(&path, runtime, run());
    until("running", || all_are(&owner, &RunState::Running));
    let standby = start(&path, current_thread(), run());
    until("standing by", || all_are(&standby, &RunState::Standby));
    let orders = Repository::<Order>::new(store.clone());
    for _ in 0..2 {
        let placed = orders.execute(Id::new(), |_| Ok::<_, Failure>(OrderEvent::Placed));
        here.block_on(placed.into_future()).unwrap();
    }
    let progress = |model: &Model| {
        let progress = store.progress_of(model.clone(), Place::Main);
        here.block_on(progress).unwrap().unwrap().checkpoint
    };
    until("past both events", || {
        models
            .iter()
            .all(|model| progress(model).position.offset().get() == 2)
    });
    let epochs = models.iter().map(|model| progress(model).epoch).collect();
    (all.counts(), epochs)
}

#[test]
fn who_blocks_a_runtime_of_one_thread_keeps_the_lease() {
    let models = ["first", "second"].map(Model::reactor);
    let (counts, epochs) = deliver(current_thread(), &models, Blocking::reactors);
    assert_eq!((counts, epochs), ([2, 2, 0], vec![1, 1]));
}

#[test]
fn as_many_blocking_reactors_as_workers_keep_their_leases() {
    let models = ["first", "second"].map(Model::reactor);
    let (counts, epochs) = deliver(two_workers(), &models, Blocking::reactors);
    assert_eq!((counts, epochs), ([2, 2, 0], vec![1, 1]));
}

/// Nobody else can write meanwhile, and what it writes renews the lease.
#[test]
fn a_handler_that_blocks_the_transaction_keeps_the_lease() {
    let models = [Model::new("third", 1, Vec::new())];
    let (counts, epochs) = deliver(current_thread(), &models, Blocking::handler);
    assert_eq!((counts, epochs), ([0, 0, 2], vec![1]));
}
