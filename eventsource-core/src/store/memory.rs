//! A store in memory.

mod log;
mod read;

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::commit::{Commit, Imported};
use super::error::{AppendError, ReadError, StoreError};
use super::fingerprint::Fingerprint;
use super::limits::Limits;
use super::page::Page;
use super::query::Query;
use super::receipt::Receipt;
use super::snapshot::Snapshot;
use super::{EventStore, ReadStream};
use crate::future::BoxFuture;
use crate::values::{Environment, Position, StreamId, SystemEnvironment};
use log::Log;

/// A store that forgets everything when its last clone is dropped: for tests, and for what need
/// not be remembered. It keeps every contract of [`EventStore`] but durability.
///
/// ```
/// use eventsource_core::{EventStore, MemoryStore, Position};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// assert_eq!(store.head().await?, Position::START);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    environment: Arc<dyn Environment>,
}

struct Shared {
    id: Uuid,
    log: Mutex<Log>,
    head: watch::Sender<Position>,
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
            id: environment.uuid(),
            log: Mutex::default(),
            head: watch::Sender::new(Position::START),
        };
        Self {
            shared: Arc::new(shared),
            environment: Arc::new(environment),
        }
    }

    /// Another handle of this store that takes the time from `environment`, as if another process had
    /// opened it: for the conformance suite.
    #[doc(hidden)]
    #[must_use]
    pub fn reopened_in(&self, environment: Arc<dyn Environment>) -> Self {
        let shared = Arc::clone(&self.shared);
        Self {
            shared,
            environment,
        }
    }

    /// The log. Whoever panicked over it left it as it was: it is changed only after everything
    /// that can fail.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `append` on the log and wakes whoever watches the head, in the order of the appends.
    fn write<T>(&self, append: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log();
        let answer = append(&mut log);
        let head = log.head();
        self.shared
            .head
            .send_if_modified(|seen| std::mem::replace(seen, head) != head);
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

impl EventStore for MemoryStore {
    fn id(&self) -> Uuid {
        self.shared.id
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            self.limits().check(&commit)?;
            let now = self.environment.now();
            self.write(|log| log.append(commit, now))
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, AppendError>> {
        Box::pin(async move {
            let limits = self.limits();
            commits
                .iter()
                .try_for_each(|imported| limits.check(&imported.commit))?;
            self.write(|log| log.import(commits))
        })
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

    fn read(
        &self,
        query: Query,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move { self.log().read(&query, after, limit) })
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        Box::pin(ready(Ok(self.log().head())))
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move { Ok(self.log().root_ids(tenant, category, after, limit)) })
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.shared.head.subscribe()
    }

    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        Box::pin(ready(Ok(self.log().snapshot(stream, fingerprint))))
    }

    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        let checked = self.limits().check_snapshot(&snapshot);
        Box::pin(ready(checked.map(|()| self.log().save_snapshot(snapshot))))
    }
}
