//! The work that is measured.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, QueryReplay, SerializedEvent,
};
use cqrs_es::{Aggregate, AggregateContext, DomainEvent, EventEnvelope, EventStore, Query};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sqlite_es::{SqliteEventRepository, sqlite_cqrs};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite};
use uuid::Uuid;

use crate::Result;
use crate::basket::{Basket, folded, sample};

/// The table of events of `sqlite-es`.
const SCHEMA: &str = "CREATE TABLE events (
    aggregate_type text NOT NULL,
    aggregate_id   text NOT NULL,
    sequence       integer CHECK (sequence >= 0) NOT NULL,
    event_type     text NOT NULL,
    event_version  text NOT NULL,
    payload        text NOT NULL,
    metadata       text NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT";

/// A new file, with the settings of `sqlite_es::default_sqlite_pool`. Unless `normal`, a commit waits
/// for the disk.
pub async fn open(path: &Path, normal: bool) -> Result<Pool<Sqlite>> {
    let synchronous = if normal {
        SqliteSynchronous::Normal
    } else {
        SqliteSynchronous::Full
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(60))
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(10);
    let pool = pool.connect_with(options).await?;
    sqlx::query(SCHEMA).execute(&pool).await?;
    Ok(pool)
}

/// Microseconds for each unit.
pub struct Took {
    pub wall: f64,
    pub cpu: f64,
}

struct Stopwatch(Instant, Duration);

impl Stopwatch {
    fn start() -> Result<Self> {
        Ok(Self(Instant::now(), cpu()?))
    }

    fn stop(self, units: u32) -> Result<Took> {
        let (wall, cpu) = (self.0.elapsed(), cpu()?.saturating_sub(self.1));
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(units);
        Ok(Took {
            wall: each(wall),
            cpu: each(cpu),
        })
    }
}

fn cpu() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let [user, system] = [usage.user_time(), usage.system_time()];
    let micros = user.num_microseconds() + system.num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// Tasks that give one command after the other, each to a new aggregate.
pub async fn append(pool: &Pool<Sqlite>, commits: u32, tasks: u32) -> Result<Took> {
    let cqrs = Arc::new(sqlite_cqrs::<Basket>(pool.clone(), Vec::new(), ()));
    let watch = Stopwatch::start()?;
    let run = |task: u32| {
        let cqrs = Arc::clone(&cqrs);
        tokio::spawn(async move {
            for n in (task..commits).step_by(tasks as usize) {
                let id = Uuid::now_v7().to_string();
                cqrs.execute(&id, sample(n)).await?;
            }
            Ok::<_, crate::Error>(())
        })
    };
    let running: Vec<_> = (0..tasks).map(run).collect();
    for task in running {
        task.await??;
    }
    let took = watch.stop(commits)?;
    same(commits, count(pool).await?)?;
    Ok(took)
}

/// One aggregate after the other; the unit is an event.
pub async fn load(pool: &Pool<Sqlite>, streams: u32, events: u32) -> Result<Took> {
    let ids = fill(pool, streams, events).await?;
    let repository = SqliteEventRepository::new(pool.clone());
    let store = PersistedEventStore::<_, Basket>::new_event_store(repository);
    let expected = folded(events);
    let watch = Stopwatch::start()?;
    for id in &ids {
        let mut loaded = store.load_aggregate(id).await?;
        same(&expected, loaded.aggregate())?;
    }
    watch.stop(streams * events)
}

/// Folds all that it is shown.
#[derive(Clone, Default)]
struct Fold(Arc<Mutex<Basket>>, Arc<AtomicUsize>);

#[async_trait]
impl Query<Basket> for Fold {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<Basket>]) {
        let mut basket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            basket.apply(event.payload.clone());
        }
        self.1.fetch_add(events.len(), Ordering::Relaxed);
    }
}

/// All events; the unit is one.
pub async fn replay(pool: &Pool<Sqlite>, streams: u32, events: u32) -> Result<Took> {
    fill(pool, streams, events).await?;
    let (repository, fold) = (SqliteEventRepository::new(pool.clone()), Fold::default());
    let replay = QueryReplay::<_, _, Basket>::new(repository, fold.clone());
    let watch = Stopwatch::start()?;
    replay.replay_all().await?;
    let took = watch.stop(streams * events)?;
    same((streams * events) as usize, fold.1.load(Ordering::Relaxed))?;
    Ok(took)
}

/// Fills the file with aggregates of the same events.
async fn fill(pool: &Pool<Sqlite>, streams: u32, events: u32) -> Result<Vec<String>> {
    let repository = SqliteEventRepository::new(pool.clone());
    let mut ids = Vec::new();
    for _ in 0..streams {
        let id = Uuid::now_v7().to_string();
        let stored = (0..events).map(|n| serialized(&id, n));
        let stored = stored.collect::<Result<Vec<_>>>()?;
        repository.persist::<Basket>(&stored, None).await?;
        ids.push(id);
    }
    same(streams * events, count(pool).await?)?;
    Ok(ids)
}

fn serialized(id: &str, n: u32) -> Result<SerializedEvent> {
    let event = sample(n);
    Ok(SerializedEvent::new(
        id.to_owned(),
        n as usize + 1,
        Basket::TYPE.to_owned(),
        event.event_type(),
        event.event_version(),
        serde_json::to_value(&event)?,
        serde_json::json!({}),
    ))
}

async fn count(pool: &Pool<Sqlite>) -> Result<u32> {
    let count = sqlx::query_scalar("SELECT count(*) FROM events");
    Ok(count.fetch_one(pool).await?)
}

fn same<T: PartialEq + std::fmt::Debug>(expected: T, found: T) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("{expected:?} was expected, {found:?} was found").into())
    }
}
