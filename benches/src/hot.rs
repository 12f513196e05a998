//! Many tasks on one aggregate.

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;

use crate::Result;
use crate::check::{self, Stored};
use crate::events::Basket;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::seed::root_id;
use crate::tasks::timed;

const TASKS: u32 = 16;
/// Decisions of each task.
const TURNS: usize = 500;

pub(crate) fn workloads() -> Vec<Workload> {
    let prepare = || Ok(Hot(Runtime::new()?));
    let about =
        "16 tasks that decide on one aggregate; the limit is ours, 16 tasks on 16 aggregates";
    vec![Workload::new(
        "execute.hot16",
        about,
        Unit::Decision,
        prepare,
    )]
}

/// Tasks that execute one decision after the other, all on one basket. The limit are as many tasks
/// that never meet, each on a basket of its own: the same code, not the bare driver.
struct Hot(Runtime);

impl Sides for Hot {
    fn ours(&mut self) -> Result<Cost> {
        self.measure(1)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.measure(TASKS).map(Some)
    }
}

impl Hot {
    fn measure(&self, baskets: u32) -> Result<Cost> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        let store = self.0.block_on(SqliteStore::open(&path))?;
        // Or those who never meet would read more and more.
        let repository = Repository::<Basket>::new(store.clone()).cached(TASKS as usize);
        let tasks = (0..TASKS).map(|task| {
            let (repository, id) = (repository.clone(), root_id(task % baskets));
            async move {
                for _ in 0..TURNS {
                    let add = |basket: &Basket| basket.add("SKU-000007", 2);
                    repository.execute(Id::from_uuid(id), add).await?;
                }
                Ok(())
            }
        });
        let took = timed(&self.0, tasks.collect())?;
        self.0.block_on(store.close());
        let (streams, commits) = (usize::try_from(baskets)?, TASKS as usize * TURNS);
        let stored = Stored {
            streams,
            commits,
            events: commits,
            version: commits / streams,
        };
        check::stored(&path, stored)?;
        Ok(took.each(commits))
    }
}
