//! Decisions on a large state.

use std::time::Instant;

use eventsource_core::Repository;
use tokio::runtime::Runtime;

use crate::Result;
use crate::check;
use crate::harness::{Sides, Unit, Workload};
use crate::shelf::{Copied, Reloaded, Shelf, ShelfEvent, execute, micros_each, open};

const ENTRIES: u32 = 10_000;
const DECISIONS: u32 = 500;

pub(crate) fn workloads() -> Vec<Workload> {
    let prepare = || Ok(Large(Runtime::new()?));
    vec![Workload::new("execute.large", Unit::Micros, prepare)]
}

/// One decision after the other on a kept state, which is copied each time. The limit is a state that
/// is not `Clone`, and so is not.
struct Large(Runtime);

impl Large {
    fn measure<S: Shelf>(&self) -> Result<f64> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        self.0.block_on(async {
            let filled = ShelfEvent::Filled { entries: ENTRIES };
            let store = open::<S>(&path, vec![filled]).await?;
            let shelves = Repository::<S>::new(store.clone()).cached(1);
            let place = || execute(&shelves, vec![ShelfEvent::Placed { key: 1 }]);
            place().await?;
            let begun = Instant::now();
            let mut version = 0;
            for _ in 0..DECISIONS {
                version = place().await?;
            }
            let took = begun.elapsed();
            check::same(u64::from(DECISIONS) + 2, version)?;
            store.close().await;
            Ok(micros_each(took, DECISIONS))
        })
    }
}

impl Sides for Large {
    fn ours(&mut self) -> Result<f64> {
        self.measure::<Copied>()
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        self.measure::<Reloaded>().map(Some)
    }
}
