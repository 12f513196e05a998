//! The store.

use std::future::ready;
use std::path::Path;
use std::sync::Arc;

use eventsource_core::engine::{ImportedCommits, NewCommit};
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, CommitTime, HeadWatch, ImportError, Imported, Limits, LogId,
    Page, ReadLog, ReadStream, StoreError, StoreErrorKind, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, ReadError, Receipt, Store, StreamId, StreamStore,
    Timestamp,
};
use redb::Database;

use crate::error::failed;
use crate::tables::{ReadTables, prepare};
use crate::writer::Writer;

/// A store in one file of a key-value engine, for one process. It has no snapshots and no read models.
///
/// A process opens the file once, and clones the store. The last clone closes it.
///
/// ```
/// use eventsource_core::{EventLog, Horizon};
/// use keyvalue::KeyValueStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("cart.redb");
/// let store = KeyValueStore::open(&path)?;
/// assert_eq!(store.head().await?, Horizon::START);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct KeyValueStore {
    id: StoreId,
    writer: Arc<Writer>,
    environment: Arc<dyn Environment>,
}

impl KeyValueStore {
    /// Opens the store in this file, which is made if there is none. This reads and writes the file where it
    /// is called.
    ///
    /// # Errors
    ///
    /// `Busy` if it is open already, in any process, and `Incompatible` if the file is no store. A process that
    /// is killed while it creates the file leaves such a one, in which nothing was acknowledged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::create(path).map_err(failed)?;
        Self::on(database, Arc::new(SystemEnvironment))
    }

    /// The store in a database of the engine, for other kinds of files. The time and the id of a new store
    /// come from `environment`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn on(database: Database, environment: Arc<dyn Environment>) -> Result<Self, StoreError> {
        Ok(Self {
            id: prepare(&database, environment.uuid())?,
            writer: Arc::new(Writer::new(database)?),
            environment,
        })
    }

    /// Another handle of this store, which takes the time from `environment`.
    #[must_use]
    pub fn in_environment(&self, environment: Arc<dyn Environment>) -> Self {
        Self {
            environment,
            ..self.clone()
        }
    }

    /// Reads the tables as they are now, on a thread that may block.
    async fn read_with<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTables) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let writer = Arc::clone(&self.writer);
        let work = move || read(&ReadTables::at_head(&writer.file.database)?);
        tokio::task::spawn_blocking(work).await.map_err(|panic| {
            StoreError::new(StoreErrorKind::Io, "a read has panicked").caused_by(panic)
        })?
    }
}

impl Store for KeyValueStore {
    fn id(&self) -> StoreId {
        self.id
    }

    fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.environment)
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    /// One transaction after the other decides on all that is stored, so that nothing is left out.
    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        let end = ReadTables::at_head(&self.writer.file.database).and_then(|tables| tables.end());
        let now = end.map(|(_, last)| self.environment.now().max(last));
        Box::pin(ready(now))
    }
}

impl StreamStore for KeyValueStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let time = CommitTime::clock(self.environment.now());
            let new = NewCommit::new(commit, time, &self.limits())?;
            let stored = self.writer.store(vec![new]).await;
            let receipt = stored.map_err(|error| error.source)?.remove(0);
            time.warn_if_ahead(&receipt);
            Ok(receipt)
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let mut commits = ImportedCommits::new(commits, &self.limits());
            let stored = self.writer.store(commits.by_ref().collect()).await?;
            commits.finish(stored)
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        Box::pin(self.read_with(move |tables| tables.receipt(&first, commit_id)))
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_with(move |tables| tables.read_stream(&read)))
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        let (tenant, category) = (tenant.to_owned(), category.to_owned());
        Box::pin(self.read_with(move |tables| tables.root_ids(&tenant, &category, after, limit)))
    }
}

impl EventLog for KeyValueStore {
    fn log_id(&self) -> LogId {
        LogId::new(self.id, 0)
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            self.read_with(move |tables| tables.read(&read)).await
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(self.read_with(|tables| Ok(tables.end()?.0)))
    }

    fn watch(&self) -> HeadWatch {
        self.writer.file.head.watch()
    }
}

impl EventStore for KeyValueStore {}
