//! Executes commands on one aggregate in many tasks.

use eventsource_core::{Aggregate, Apply, Id, Repository, event};
use eventsource_sqlite::SqliteStore;

#[event]
struct Counted {}

#[derive(Aggregate, Default)]
#[aggregate(events(Counted))]
struct Counter {}

impl Apply<Counted> for Counter {
    fn apply(&mut self, _: Counted) {}
}

pub(crate) async fn run(store: &SqliteStore, tasks: u64, decisions: u64) {
    let (counters, id) = (Repository::<Counter>::new(store.clone()), Id::new());
    let one = |_| {
        let counters = counters.clone();
        tokio::spawn(async move {
            for _ in 0..decisions {
                let count = |_: &Counter| Ok::<_, std::fmt::Error>(Counted {});
                counters.execute(id, count).await.expect("it is stored");
            }
        })
    };
    for task in (0..tasks).map(one).collect::<Vec<_>>() {
        task.await.expect("a task does not panic");
    }
}
