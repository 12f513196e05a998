//! The event store in memory.

mod log;
mod read;
mod streams;
mod types;

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::engine::NewCommit;
use crate::future::BoxFuture;
use crate::store::{
    AppendError, Capabilities, Commit, CommitTime, EventLog, EventStore, Fingerprint, HeadSender,
    HeadWatch, Horizon, ImportError, Imported, Limits, LogId, Page, ReadError, ReadLog, ReadStream,
    Receipt, Snapshot, SnapshotStore, Store, StoreError, StoreId, StreamStore, VisitError, Visited,
    Visitor,
};
use crate::values::{Environment, Position, StreamId, SystemEnvironment, Timestamp};
use log::Log;

/// An event store in memory, for tests and for data that need not survive the process. Its events are
/// gone when the last clone is dropped. It keeps every contract of [`EventStore`] but durability.
///
/// ```
/// use eventsource_core::{EventLog, Horizon, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// assert_eq!(store.head().await?, Horizon::START);
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[doc(alias("in-memory", "mock"))]
pub struct MemoryStore {
    shared: Arc<Shared>,
    environment: Arc<dyn Environment>,
    max_clock_lead: Duration,
}

struct Shared {
    id: StoreId,
    log: Mutex<Log>,
    head: HeadSender,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::in_environment(SystemEnvironment)
    }

    /// An empty store that takes the time and its id from `environment`.
    #[must_use]
    pub fn in_environment(environment: impl Environment) -> Self {
        let shared = Shared {
            id: StoreId::new(environment.uuid()),
            log: Mutex::default(),
            head: HeadSender::new(Position::START),
        };
        Self {
            shared: Arc::new(shared),
            environment: Arc::new(environment),
            max_clock_lead: CommitTime::MAX_CLOCK_LEAD,
        }
    }

    /// Another handle of this store that takes the time from `environment`, as if another process had
    /// opened it: for the conformance suite.
    #[doc(hidden)]
    #[must_use]
    pub fn reopened_in(&self, environment: Arc<dyn Environment>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            environment,
            max_clock_lead: self.max_clock_lead,
        }
    }

    /// Skips the next positions, as in a store whose log has holes: for the conformance suite and for
    /// simulations.
    #[doc(hidden)]
    pub fn skip_positions(&self, count: u64) {
        self.log().skip(count);
    }

    /// Sets how far the last time of a stream may be ahead of the clock, for this handle and its clones
    /// (default [one day](CommitTime::MAX_CLOCK_LEAD)). An append to a stream that is further ahead fails
    /// with [`AppendError::ClockBehind`].
    ///
    /// ```
    /// use std::time::Duration;
    /// # use eventsource_core::MemoryStore;
    ///
    /// let store = MemoryStore::new().max_clock_lead(Duration::from_secs(600));
    /// # let _ = store;
    /// ```
    #[must_use]
    pub fn max_clock_lead(mut self, max: Duration) -> Self {
        self.max_clock_lead = max;
        self
    }

    fn commit_time(&self) -> CommitTime {
        CommitTime::clock(self.environment.now()).max_clock_lead(self.max_clock_lead)
    }

    /// The log. A panic under its lock does not damage it, since it is changed only after everything that
    /// can fail.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `append` on the log, and moves the watched head in the order of the appends.
    fn write<T>(&self, append: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log();
        let answer = append(&mut log);
        self.shared.head.move_to(log.head().position());
        answer
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("id", &self.shared.id)
            .field("head", &self.log().head())
            .finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn id(&self) -> StoreId {
        self.shared.id
    }

    fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.environment)
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        let now = self.environment.now().max(self.log().last_recorded_at());
        Box::pin(ready(Ok(now)))
    }
}

impl StreamStore for MemoryStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let time = self.commit_time();
            let new = NewCommit::new(commit, time, &self.limits())?;
            let receipt = self.write(|log| log.append(new))?;
            time.warn_if_ahead(&receipt);
            Ok(receipt)
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move { self.write(|log| log.import(&self.limits(), commits)) })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        Box::pin(async move { Ok(self.log().receipt(&first, commit_id)) })
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move { self.log().read_stream(&read) })
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move { Ok(self.log().streams.root_ids(tenant, category, after, limit)) })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for MemoryStore {
    fn log_id(&self) -> LogId {
        LogId::new(self.shared.id, 0)
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            self.log().read(&read)
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(ready(Ok(self.log().head())))
    }

    /// Blocks appends during the visit.
    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            self.log().visit(&read, visitor, &*self.environment)
        })
    }

    fn watch(&self) -> HeadWatch {
        self.shared.head.watch()
    }
}

impl EventStore for MemoryStore {}

impl SnapshotStore for MemoryStore {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        Box::pin(ready(Ok(self.log().snapshot(stream, fingerprint))))
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        let checked = self.limits().check_snapshot(&snapshot);
        Box::pin(ready(checked.map(|()| self.log().save_snapshot(snapshot))))
    }
}
