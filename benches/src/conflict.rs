//! Decisions that meet a conflict each time.

use std::marker::PhantomData;

use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{Repository, Timestamp};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::shelf::{Copied, Reloaded, Shelf, ShelfEvent, execute, open};
use crate::stopwatch::Stopwatch;

/// The number of events of the shelf before a round.
const EVENTS: u32 = 1_000;
const DECISIONS: u32 = 200;

pub(crate) fn workloads() -> Vec<Workload> {
    vec![
        Workload::new(
            "execute.conflict.copied",
            "two processes that decide in turn on one aggregate with a state that is `Clone`, so that \
                each decision meets a conflict; the limit is ours, one process",
            Unit::Decision,
            Conflict::<Copied>::prepare,
        ),
        Workload::new(
            "execute.conflict.reloaded",
            "the same with a state that is not `Clone`",
            Unit::Decision,
            Conflict::<Reloaded>::prepare,
        ),
    ]
}

/// Two processes that take turns: each finds that the other one was faster. The limit is one that
/// is alone.
struct Conflict<S>(Runtime, PhantomData<S>);

/// A process of its own in this program.
#[derive(Debug)]
struct Process(u64);

impl Environment for Process {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn process(&self) -> u64 {
        self.0
    }
}

impl<S: Shelf> Conflict<S> {
    fn prepare() -> Result<Self> {
        Ok(Self(Runtime::new()?, PhantomData))
    }

    fn measure(&self, processes: u64) -> Result<Cost> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        self.0.block_on(async {
            let placed = (0..EVENTS).map(|key| ShelfEvent::Placed { key });
            let store = open::<S>(&path, placed.collect()).await?;
            let process = |number| {
                let shelves = Repository::<S>::new(store.clone()).cached(1);
                shelves.in_environment(Process(number))
            };
            let processes: Vec<_> = (0..processes).map(process).collect();
            let watch = Stopwatch::start()?;
            let mut version = 0;
            for (_, shelves) in (0..DECISIONS).zip(processes.iter().cycle()) {
                version = execute(shelves, vec![ShelfEvent::Placed { key: 1 }]).await?;
            }
            let took = watch.stop()?;
            check::same(u64::from(EVENTS + DECISIONS), version)?;
            store.close().await;
            Ok(took.each(DECISIONS as usize))
        })
    }
}

impl<S: Shelf> Sides for Conflict<S> {
    fn ours(&mut self) -> Result<Cost> {
        self.measure(2)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.measure(1).map(Some)
    }
}
