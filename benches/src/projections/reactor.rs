//! Reactions to events that are there.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventsource_core::runner::Pipeline;
use eventsource_core::{Codec, Delivery, React, Reactor, Recorded, Runner};
use eventsource_sqlite::SqliteStore;

use super::followed::Followed;
use crate::Result;
use crate::check;
use crate::events::BasketEvent;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::seed::Seed;
use crate::stopwatch::Stopwatch;

pub(crate) fn workloads() -> Vec<Workload> {
    let seed = Seed {
        streams: 200,
        events: 100,
        codec: Codec::Json,
        metadata: true,
        is_random: false,
    };
    vec![Workload::new(
        "reactor.sqlite",
        "20,000 reactions that do nothing, each begun and checked off in a file",
        Unit::Event,
        move || Followed::prepare(seed).map(Reactions),
    )]
}

/// Counts what it is given.
#[derive(Reactor)]
#[reactor(name = "counting", event = BasketEvent)]
struct Counting(Arc<AtomicUsize>);

impl React<BasketEvent> for Counting {
    type Error = Infallible;

    async fn react(
        &self,
        recorded: &Recorded<BasketEvent>,
        delivery: &Delivery,
    ) -> Result<(), Infallible> {
        std::hint::black_box((recorded, delivery.id));
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// From the first event in one file, noting how far it is in another, a new one each time.
struct Reactions(Followed);

impl Sides for Reactions {
    fn ours(&mut self) -> Result<Cost> {
        let path = self.0.next_file();
        let reactions = self.0.runtime.block_on(SqliteStore::open(&path))?;
        let count = Arc::new(AtomicUsize::new(0));
        let counting = Pipeline::reactor(Counting(Arc::clone(&count))).from_start();
        let runner = Runner::new(self.0.store.clone(), reactions.clone()).run(counting);
        let watch = Stopwatch::start()?;
        self.0.runtime.block_on(runner.catch_up())?;
        let took = watch.stop()?;
        self.0.runtime.block_on(reactions.close());
        check::same(self.0.seed.len(), count.load(Ordering::Relaxed))?;
        Ok(took.each(self.0.seed.len()))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let path = self.0.next_file();
        let mut count = 0;
        let watch = Stopwatch::start()?;
        limit::react(&self.0.connection, &path, |event, id| {
            std::hint::black_box((event, id));
            count += 1;
        })?;
        let took = watch.stop()?;
        check::same(self.0.seed.len(), count)?;
        Ok(Some(took.each(self.0.seed.len())))
    }
}
