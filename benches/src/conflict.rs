//! Decisions that meet a conflict each time.

use std::marker::PhantomData;
use std::time::Instant;

use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{Repository, Timestamp};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::harness::{Sides, Unit, Workload};
use crate::shelf::{Copied, Reloaded, Shelf, ShelfEvent, execute, micros_each, open};

/// That the shelf has before.
const EVENTS: u32 = 1_000;
const DECISIONS: u32 = 200;

pub(crate) fn workloads() -> Vec<Workload> {
    let (copied, reloaded) = ("execute.conflict.copied", "execute.conflict.reloaded");
    vec![
        Workload::new(copied, Unit::Micros, Conflict::<Copied>::prepare),
        Workload::new(reloaded, Unit::Micros, Conflict::<Reloaded>::prepare),
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

    fn measure(&self, processes: u64) -> Result<f64> {
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
            let begun = Instant::now();
            let mut version = 0;
            for (_, shelves) in (0..DECISIONS).zip(processes.iter().cycle()) {
                version = execute(shelves, vec![ShelfEvent::Placed { key: 1 }]).await?;
            }
            let took = begun.elapsed();
            check::same(u64::from(EVENTS + DECISIONS), version)?;
            store.close().await;
            Ok(micros_each(took, DECISIONS))
        })
    }
}

impl<S: Shelf> Sides for Conflict<S> {
    fn ours(&mut self) -> Result<f64> {
        self.measure(2)
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        self.measure(1).map(Some)
    }
}
