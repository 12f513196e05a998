//! The commands that update and rebuild the read models.

use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use eventsource_core::read_model::RunState;
use eventsource_core::{EventLog, Position, Projection, ReadModel, Running, Status, WaitOutcome};
use eventsource_sqlite::SqliteStore;
use indicatif::{MultiProgress, ProgressBar};
use retail::models::{BoughtTogether, Content, Household, WeeklySales, runner};
use tokio::time::sleep;

use crate::Result;
use crate::bar::bar;
use crate::import::peak_memory;
use crate::waiting::Waiting;

/// The interval at which the bars move.
pub(crate) const TICK: Duration = Duration::from_millis(100);

pub(crate) async fn catch_up(store: &SqliteStore) -> Result<()> {
    let started = Instant::now();
    let head = store.head().await?.position().offset().get();
    let running = runner(store.clone(), store.clone()).start().await?;
    let bars = Bars::new(&running, head);
    let mut waiting = Waiting::default();
    let caught_up = loop {
        let status = running.status();
        bars.show(&status, |status| Some(status.position));
        let all = status
            .iter()
            .map(|one| (&*one.id.name, &one.state, one.position));
        match waiting.check(all) {
            Ok(Some(notice)) => bars.say(&notice),
            Ok(None) => (),
            Err(reason) => break Err(anyhow!(reason)),
        }
        if status.iter().all(|status| is_at(status, head)) {
            break Ok(());
        }
        sleep(TICK).await;
    };
    let settled = match caught_up {
        Ok(()) => settle(store).await,
        error => error,
    };
    running.stop().await;
    bars.clear();
    settled?;
    print(store, started).await
}

/// Queries a model during the rebuild, to show that it responds.
pub(crate) async fn rebuild(store: &SqliteStore) -> Result<()> {
    let started = Instant::now();
    let head = store.head().await?.position().offset().get();
    let running = runner(store.clone(), store.clone()).start().await?;
    let bars = Bars::new(&running, head);
    let households = ReadModel::<Household>::new(store.clone(), store.clone());
    let answers = {
        let rebuilding = async {
            let (sales, households, together) = tokio::join!(
                running.rebuild::<WeeklySales>(),
                running.rebuild::<Household>(),
                running.rebuild::<BoughtTogether>()
            );
            sales.and(households).and(together)
        };
        tokio::pin!(rebuilding);
        let mut answers = 0_u64;
        loop {
            let tick = async {
                sleep(TICK).await;
                households.count().await
            };
            tokio::select! {
                rebuilt = &mut rebuilding => break rebuilt.map(|()| answers),
                count = tick => {
                    count?;
                    answers += 1;
                }
            }
            bars.show(&running.status(), |status| status.rebuilding);
        }
    };
    running.stop().await;
    bars.clear();
    println!(
        "the old rows were asked {} times meanwhile, and answered",
        answers?
    );
    print(store, started).await
}

/// Waits until all events that were read are written, too.
async fn settle(store: &SqliteStore) -> Result<()> {
    settle_one::<WeeklySales>(store).await?;
    settle_one::<Household>(store).await?;
    settle_one::<BoughtTogether>(store).await
}

async fn settle_one<P: Projection>(store: &SqliteStore) -> Result<()> {
    let model = ReadModel::<P>::new(store.clone(), store.clone());
    let head = store.head().await?;
    match model
        .wait_for(head.position(), Duration::from_mins(1))
        .await?
    {
        WaitOutcome::Reached => Ok(()),
        waited => bail!("`{}` does not come to the end: {waited:?}", P::NAME),
    }
}

fn is_at(status: &Status, head: u64) -> bool {
    status.state == RunState::Running && status.position.offset().get() >= head
}

async fn print(store: &SqliteStore, started: Instant) -> Result<()> {
    println!(
        "weekly-sales      {:>12} rows",
        count::<WeeklySales>(store).await?
    );
    println!(
        "households        {:>12} rows",
        count::<Household>(store).await?
    );
    println!(
        "baskets           {:>12} rows",
        count::<Content>(store).await?
    );
    println!(
        "bought-together   {:>12} rows",
        count::<BoughtTogether>(store).await?
    );
    println!("{:.1} s{}", started.elapsed().as_secs_f64(), peak_memory());
    Ok(())
}

async fn count<P: Projection>(store: &SqliteStore) -> Result<u64> {
    let model = ReadModel::<P>::new(store.clone(), store.clone());
    Ok(model.count().await?)
}

/// A bar for each projection.
struct Bars {
    all: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl Bars {
    fn new(running: &Running, head: u64) -> Self {
        let all = MultiProgress::new();
        let name = |status: Status| all.add(bar(head, status.id.name, "{rate}"));
        let bars = running.status().into_iter().map(name).collect();
        Self { all, bars }
    }

    /// Shows the positions. One that had a position, and has none any more, is at the end.
    fn show(&self, all: &[Status], position: impl Fn(&Status) -> Option<Position>) {
        for (bar, status) in self.bars.iter().zip(all) {
            match position(status) {
                Some(position) => bar.set_position(position.offset().get()),
                None if bar.position() > 0 => bar.set_position(bar.length().unwrap_or_default()),
                None => {}
            }
        }
    }

    fn say(&self, what: &str) {
        self.all.suspend(|| println!("{what}"));
    }

    fn clear(self) {
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }
}
