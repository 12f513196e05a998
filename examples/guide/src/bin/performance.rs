//! Measures the same 400 events in three ways: one commit after the other, many at once, and in one commit.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use eventsource_core::{Aggregate, Apply, Id, Repository, event};
use eventsource_sqlite::SqliteStore;
use tokio::task::JoinSet;

const EVENTS: u32 = 400;

#[event]
pub enum CounterEvent {
    Counted { by: u32 },
}

#[derive(Aggregate, Clone, Default)]
#[aggregate(event = CounterEvent)]
pub struct Counter {
    total: u64,
}

impl Apply<CounterEvent> for Counter {
    fn apply(&mut self, CounterEvent::Counted { by }: CounterEvent) {
        self.total += u64::from(by);
    }
}

fn count(_: &Counter) -> Result<CounterEvent, Infallible> {
    Ok(CounterEvent::Counted { by: 1 })
}

/// Each commit waits for its own sync.
async fn one_after_the_other(counters: &Repository<Counter>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for _ in 0..EVENTS {
        counters.execute(Id::new(), count).await?;
    }
    Ok(started.elapsed())
}

/// Commits that wait at the same time share a transaction and a sync.
async fn at_once(counters: &Repository<Counter>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..EVENTS {
        let counters = counters.clone();
        tasks.spawn(async move { counters.execute(Id::new(), count).await });
    }
    while let Some(answer) = tasks.join_next().await {
        answer??;
    }
    Ok(started.elapsed())
}

/// A commit has an id, a time and a digest, however many events are in it.
async fn in_one_commit(counters: &Repository<Counter>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let all = |_: &Counter| {
        let counted = (0..EVENTS).map(|_| CounterEvent::Counted { by: 1 });
        Ok::<_, Infallible>(counted.collect::<Vec<_>>())
    };
    counters.execute(Id::new(), all).await?;
    Ok(started.elapsed())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("counters.db")).await?;
    let counters = Repository::<Counter>::new(store.clone());

    // The best of three rounds, since other programs run on this machine, too.
    let mut best = [Duration::MAX; 3];
    for _ in 0..3 {
        best[0] = best[0].min(one_after_the_other(&counters).await?);
        best[1] = best[1].min(at_once(&counters).await?);
        best[2] = best[2].min(in_one_commit(&counters).await?);
    }
    for (way, time) in ["one after the other", "at once", "in one commit"]
        .iter()
        .zip(best)
    {
        eprintln!("{way}: {:?} an event", time / EVENTS);
    }
    println!("at once takes less than half: {}", best[1] * 2 < best[0]);
    println!(
        "one commit takes less than half of that: {}",
        best[2] * 2 < best[1]
    );
    store.close().await;
    Ok(())
}
