//! Decisions on a large state.

use eventsource_core::Repository;
use tokio::runtime::Runtime;

use crate::Result;
use crate::check;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::shelf::{Copied, Reloaded, Shelf, ShelfEvent, execute, open};
use crate::stopwatch::Stopwatch;

const ENTRIES: u32 = 10_000;
const DECISIONS: u32 = 500;

pub(crate) fn workloads() -> Vec<Workload> {
    let prepare = || Ok(Large(Runtime::new()?));
    let about = "decisions on a kept state of 10,000 entries that is `Clone`, and copied each time; the limit \
        is ours, with one that is not";
    vec![Workload::new(
        "execute.large",
        about,
        Unit::Decision,
        prepare,
    )]
}

/// One decision after the other on a kept state, which is copied each time. The limit is a state that
/// is not `Clone`, and so is not.
struct Large(Runtime);

impl Large {
    fn measure<S: Shelf>(&self) -> Result<Cost> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        self.0.block_on(async {
            let filled = ShelfEvent::Filled { entries: ENTRIES };
            let store = open::<S>(&path, vec![filled]).await?;
            let shelves = Repository::<S>::new(store.clone()).cached(1);
            let place = || execute(&shelves, vec![ShelfEvent::Placed { key: 1 }]);
            place().await?;
            let watch = Stopwatch::start()?;
            let mut version = 0;
            for _ in 0..DECISIONS {
                version = place().await?;
            }
            let took = watch.stop()?;
            check::same(u64::from(DECISIONS) + 2, version)?;
            store.close().await;
            Ok(took.each(DECISIONS as usize))
        })
    }
}

impl Sides for Large {
    fn ours(&mut self) -> Result<Cost> {
        self.measure::<Copied>()
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.measure::<Reloaded>().map(Some)
    }
}
