//! Code that blocks for three times the lease, beside a runner of another process.

#[path = "../../eventsource-core/tests/reactors/blocking/reactors.rs"]
mod reactors;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use eventsource_core::read_model::{Generation, Model, RunState};
use eventsource_core::{
    Aggregate, Apply, Id, ReadModelStore, Recorded, Repository, Runner, Running, event,
};
use eventsource_sqlite::{SqliteHandler, SqliteStore, Transaction, handler};
use tokio::runtime::Runtime;

use reactors::{
    BlockingReactors, TTL, all_are, as_many_workers_as_reactors, block, current_thread, until,
};

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

/// Blocks within the transaction of the store.
#[derive(Clone, Default)]
struct BlockingHandler(Arc<AtomicUsize>);

impl SqliteHandler for BlockingHandler {
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

/// The reactors and the handler of both processes.
#[derive(Clone, Default)]
struct Blocking {
    reactors: BlockingReactors,
    handler: BlockingHandler,
}

impl Blocking {
    fn reactors(&self, store: &SqliteStore) -> Runner {
        let runner = Runner::new(store.clone(), store.clone());
        self.reactors.add_to(runner)
    }

    fn handler(&self, store: &SqliteStore) -> Runner {
        let runner = Runner::new(store.clone(), store.clone()).lease(TTL);
        runner.run(handler(self.handler.clone()))
    }

    fn counts(&self) -> [usize; 3] {
        let [first, second] = self.reactors.counts();
        [first, second, self.handler.0.load(Ordering::SeqCst)]
    }
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
            sender.send(runner(&store).start().await.unwrap()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
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
        let progress = store.progress(model.id.clone(), Generation::Serving);
        here.block_on(progress).unwrap().unwrap().checkpoint
    };
    until("past both events", || {
        models
            .iter()
            .all(|model| progress(model).at.position().offset().get() == 2)
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
    let (counts, epochs) = deliver(as_many_workers_as_reactors(), &models, Blocking::reactors);
    assert_eq!((counts, epochs), ([2, 2, 0], vec![1, 1]));
}

/// No other process can write meanwhile, and the write of the handler renews the lease.
#[test]
fn a_handler_that_blocks_the_transaction_keeps_the_lease() {
    let models = [Model::new("third", 1, Vec::new())];
    let (counts, epochs) = deliver(current_thread(), &models, Blocking::handler);
    assert_eq!((counts, epochs), ([0, 0, 2], vec![1]));
}
