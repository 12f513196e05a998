//! Requests that name their commit, and come again.

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check::{self, Stored};
use crate::events::Basket;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::seed::root_id;
use crate::tasks::timed;

const TASKS: u32 = 16;
/// Requests of each task, all on a basket of its own.
const REQUESTS: u32 = 250;

pub(crate) fn workloads() -> Vec<Workload> {
    vec![
        Workload::new(
            "execute.idempotent.new",
            "decisions under commit ids that the caller names; the limit is ours, without such ids",
            Unit::Decision,
            || Idempotent::prepare(false),
        ),
        Workload::new(
            "execute.idempotent.again",
            "the same, sent again; the limit is ours, when they were new",
            Unit::Decision,
            || Idempotent::prepare(true),
        ),
    ]
}

/// Of new requests the limit are decisions that name no commit; of repeated ones, the same requests
/// when they were new.
struct Idempotent {
    again: bool,
    runtime: Runtime,
}

/// The way in which a round is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Unnamed,
    New,
    Again,
}

impl Idempotent {
    fn prepare(again: bool) -> Result<Self> {
        let runtime = Runtime::new()?;
        Ok(Self { again, runtime })
    }

    /// Sends all requests of these rounds, and measures the last one.
    fn measure(&self, rounds: &[Round]) -> Result<Cost> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        let store = self.runtime.block_on(SqliteStore::open(&path))?;
        let baskets = Repository::<Basket>::new(store.clone()).cached(TASKS as usize);
        let mut cost = None;
        for round in rounds {
            let tasks = (0..TASKS).map(|task| send(baskets.clone(), task, *round));
            let took = timed(&self.runtime, tasks.collect())?;
            cost = Some(took.each((TASKS * REQUESTS) as usize));
        }
        self.runtime.block_on(store.close());
        let commits = (TASKS * REQUESTS) as usize;
        let stored = Stored {
            streams: TASKS as usize,
            commits,
            events: commits,
            version: REQUESTS as usize,
        };
        check::stored(&path, stored)?;
        cost.ok_or_else(|| "no round was asked for".into())
    }
}

async fn send(baskets: Repository<Basket>, task: u32, round: Round) -> Result<()> {
    for request in 0..REQUESTS {
        let id = Id::from_uuid(root_id(task));
        let mut add = baskets.execute(id, |basket| basket.add("SKU-000007", 2));
        if round != Round::Unnamed {
            add = add.commit_id(Uuid::from_u128(u128::from(request) + 1));
        }
        check::same(round == Round::Again, add.await?.repeated)?;
    }
    Ok(())
}

impl Sides for Idempotent {
    fn ours(&mut self) -> Result<Cost> {
        if self.again {
            self.measure(&[Round::New, Round::Again])
        } else {
            self.measure(&[Round::New])
        }
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let limit = if self.again {
            Round::New
        } else {
            Round::Unnamed
        };
        self.measure(&[limit]).map(Some)
    }
}
