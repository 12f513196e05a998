//! The store.

mod import;
mod inline;
mod read_models;

use std::path::Path;
use std::sync::Arc;

use eventsource_core::engine::NewCommit;
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, CommitTime, Fingerprint, HeadWatch, ImportError, Imported,
    Limits, LogId, Page, ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError, StoreErrorKind,
    StoreId, StreamVisited, StreamVisitor, VisitError, Visited, Visitor,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, ReadError, Receipt, Store, StreamId, StreamStore,
    Timestamp,
};

use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::file::{backup, open};
use crate::models;
use crate::opened::Opened;
use crate::read::pool::in_transaction;
use crate::read::{query, stream, verify};
use crate::tables::{commits, receipt, snapshots, streams};
use crate::writer::prepared_commit::PreparedCommit;

/// A store in one SQLite file. Clones are handles of the same store, and several processes may
/// open one file.
///
/// What is acknowledged is on the disk: the write-ahead log is synchronised before. Appends that
/// wait at the same time share that. The store is at work until its last clone is dropped, or
/// until it is closed. [`close`](Self::close) waits until it has ended, a drop does not; then a
/// program may leave a `-wal` and a `-shm` file behind, which belong to the store.
///
/// ```
/// use eventsource_core::{EventLog, Horizon};
/// use eventsource_sqlite::SqliteStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.db");
/// let store = SqliteStore::open(path).await?;
/// assert_eq!(store.head().await?, Horizon::START);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore(Arc<Opened>);

impl SqliteStore {
    pub(crate) fn new(opened: Opened) -> Self {
        Self(Arc::new(opened))
    }

    /// Copies the store as it is now to a new file, while it is used. The copy is the same store,
    /// with the same id.
    ///
    /// It is the only thing that still works after the file, its log or its folder was removed, moved
    /// or replaced: it saves what this process has, if that is not damaged.
    ///
    /// ```
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (path, copy) = (directory.path().join("shop.db"), directory.path().join("copy.db"));
    /// let store = SqliteStore::open(path).await?;
    /// store.backup(&copy).await?;
    /// assert!(store.backup(&copy).await.is_err(), "a backup overwrites nothing");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is a file already, or the log of another one; `Full`, `ReadOnly`,
    /// `Unavailable` or `Io` if it cannot be written.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<(), StoreError> {
        let target = open::absolute(path.as_ref()).map_err(|fault| fault.at(path.as_ref()))?;
        let (shared, readers) = (&self.0.shared, &self.0.readers);
        let is_here = shared.check_process();
        is_here.map_err(|fault| shared.error(fault))?;
        let copy = move |connection: &Connection| backup::backup(connection, &target);
        if shared.check_files().is_ok() && shared.check().is_ok() {
            return readers.run(copy).await;
        }
        let copy_whole = move |connection: &Connection| {
            verify::structure(connection)?;
            copy(connection)
        };
        readers.run_spare(copy_whole).await
    }

    /// Reads the whole store and compares every commit with the digest that was taken when it was
    /// stored, every row with its checksum, the indexes with their tables, the tags with their
    /// events, and the rows of read models with their keys.
    ///
    /// It is the only thing that finds an entry that an index lacks. Run it after a fault of the
    /// disk, and on backups.
    ///
    /// ```
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// SqliteStore::open(path).await?.verify().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// `Corrupt`, with the first damage that was found; `Io` if the store's files are not at their
    /// paths any more.
    pub async fn verify(&self) -> Result<(), ReadError> {
        self.check_files()?;
        self.0.readers.run(verify::structure).await?;
        let check_models = |connection: &Connection| models::check_all(connection);
        self.0.readers.run(check_models).await?;
        let mut next = Some(Horizon::START);
        while let Some(after) = next {
            next = self
                .reading(move |connection| verify::page(connection, after))
                .await?;
        }
        self.check_files()
    }

    fn check_files(&self) -> Result<(), ReadError> {
        let shared = &self.0.shared;
        let checked = shared.check_process().and_then(|()| shared.check_files());
        checked.map_err(|fault| shared.error(fault).into())
    }

    /// Closes the store for all its clones. Appends that were accepted are answered first; all that
    /// comes later is answered with `Closed`. Once begun it goes on, also if the future is dropped;
    /// this waits until all files are closed. In a process that was forked from the one that opened
    /// the store it does nothing.
    ///
    /// ```
    /// # use eventsource_core::EventLog;
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let store = SqliteStore::open(path).await?;
    /// store.close().await;
    /// assert!(store.head().await.is_err());
    /// # Ok(()) }
    /// ```
    pub async fn close(&self) {
        if self.0.shared.check_process().is_err() {
            return;
        }
        // All of it begins at once, so that a caller who does not wait leaves nothing half open.
        self.0.shared.lifetime.end();
        self.0.readers.close();
        self.0.writer.close();
        self.0.shared.lifetime.ended().await;
    }
}

impl SqliteStore {
    /// Runs `hook` on the thread that writes, before it commits its next transaction: for the
    /// conformance suites, which stop an append there.
    #[cfg(feature = "hold")]
    #[doc(hidden)]
    pub fn before_next_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.0.shared.before_commit.set(Box::new(hook));
    }

    pub(crate) fn opened(&self) -> &Opened {
        &self.0
    }
}

impl Store for SqliteStore {
    fn id(&self) -> StoreId {
        StoreId::new(self.0.shared.id)
    }

    fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.0.environment)
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        Box::pin(async move {
            let last = self.read_here(commits::last_time).await?;
            Ok(self.0.environment.now().max(last))
        })
    }
}

impl StreamStore for SqliteStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            // Not on the thread that writes, which a clock that panics would end.
            let now = self.0.environment.now();
            let time = CommitTime::clock(now).max_clock_lead(self.0.max_clock_lead);
            let new = NewCommit::new(commit, time, &self.limits())?;
            let prepared = vec![PreparedCommit::new(new)?];
            let stored = self.0.writer.store(prepared).await;
            let receipts = stored.map_err(|error| error.source)?;
            let receipt = receipts.into_iter().next();
            let receipt = receipt.expect("a receipt for each commit");
            // Not there either, since the program that reads the warnings may be slow.
            time.warn_if_ahead(&receipt);
            Ok(receipt)
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(import::import(self, commits))
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        self.reading(move |connection| Ok(receipt::find(connection, &first, commit_id)?))
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let readers = &self.0.readers;
            let few = readers.try_run_here(|it| stream::read_stream_if_few(it, &read));
            match few {
                Some(page) => page,
                None => {
                    self.reading(move |connection| stream::read_stream(connection, &read))
                        .await
                }
            }
        })
    }

    fn visit_stream(
        &self,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'_, Result<StreamVisited, VisitError>> {
        Box::pin(async move {
            let (readers, environment) = (&self.0.readers, self.environment());
            let mut visitor = Some(visitor);
            let few = readers.run_here(|connection| {
                let few =
                    stream::visit_stream_if_few(connection, &read, &mut visitor, &*environment);
                Failure::part(few).map(Result::transpose)
            });
            let visited = match (few, visitor) {
                (Some(visited), _) => visited,
                (None, Some(visitor)) => {
                    let visit = move |connection: &Connection| {
                        let visited =
                            stream::visit_stream(connection, &read, visitor, &*environment);
                        Failure::part(visited)
                    };
                    readers.run(visit).await
                }
                // It has begun, and cannot be begun again.
                (None, None) => Err(StoreError::new(
                    StoreErrorKind::Busy,
                    "a lock was taken in the middle of a read",
                )),
            };
            visited.map_err(ReadError::from)?
        })
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        let (tenant, category) = (tenant.to_owned(), category.to_owned());
        self.reading(move |connection| {
            let root_ids = streams::root_ids(connection, &tenant, &category, after, limit);
            Ok(root_ids?)
        })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for SqliteStore {
    fn log_id(&self) -> LogId {
        LogId::new(self.id(), 0)
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            let readers = &self.0.readers;
            let few = readers.run_here(|connection| {
                in_transaction(connection, |it| {
                    Failure::part(query::read_if_few(it, &read)).map(Result::transpose)
                })
            });
            match few {
                Some(page) => page?,
                None => {
                    self.reading(move |connection| query::read(connection, &read))
                        .await
                }
            }
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(async move { Ok(self.read_here(commits::end).await?) })
    }

    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            let environment = self.environment();
            let visit = move |connection: &Connection| {
                Failure::part(query::visit(connection, &read, visitor, &*environment))
            };
            let visited = self.0.readers.run(visit).await;
            visited.map_err(ReadError::from)?
        })
    }

    fn watch(&self) -> HeadWatch {
        self.0.watcher.watch()
    }
}

impl EventStore for SqliteStore {}

impl SnapshotStore for SqliteStore {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.reading(move |connection| Ok(snapshots::find(connection, &stream, fingerprint)?))
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.limits().check_snapshot(&snapshot)?;
            self.0.writer.keep(snapshot).await
        })
    }
}

impl SqliteStore {
    /// Reads a little on the thread of the caller, or where readers are all in use on another one.
    async fn read_here<T: Send + 'static>(
        &self,
        read: fn(&rusqlite::Connection) -> Result<T, SqliteFault>,
    ) -> Result<T, StoreError> {
        let readers = &self.0.readers;
        match readers.run_here(|connection| read(connection).map(Some)) {
            Some(value) => value,
            None => readers.run(move |connection| read(connection)).await,
        }
    }

    fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure<ReadError>> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, ReadError>> {
        Box::pin(self.0.readers.try_run(read))
    }
}

#[cfg(test)]
mod tests {
    use eventsource_core::store::{Expect, NewEvent};
    use eventsource_core::{Codec, Filter, Position, Query, Tag};

    use super::*;
    use crate::tables::tags::collisions::{ONE_HASH, TWO_HASHES};

    fn named(key: &str, name: &'static str, tags: &[&str]) -> Commit {
        let stream = StreamId::new("cart", Uuid::now_v7());
        let event = NewEvent::new(stream, name, 1, Codec::Json, b"{}".to_vec());
        let tags = tags.iter().map(|value| Tag::new(key, value)).collect();
        Commit::new(Uuid::now_v7(), vec![event.tagged(tags)])
    }

    async fn positions(store: &SqliteStore, query: impl Into<Query>) -> Vec<u64> {
        let (mut read, mut found) = (ReadLog::new(query).limit(1), Vec::new());
        loop {
            let page = store.read(read.clone()).await.unwrap();
            found.extend(page.events().map(|event| event.position.offset().get()));
            read = read.after(page.through());
            if page.is_complete() {
                return found;
            }
        }
    }

    /// Here all tags have one hash, or one of two.
    #[tokio::test]
    async fn tags_with_the_same_hash_are_told_apart_by_their_events() {
        for key in [ONE_HASH, TWO_HASHES] {
            let sku = |value: &str| Filter::new().tag(Tag::new(key, value));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("store.db");
            let store = SqliteStore::open(path).await.unwrap();
            for (name, tags) in [
                ("added", &["tea", "milk"][..]),
                ("added", &["milk"]),
                ("removed", &["tea"]),
                ("added", &["rice", "rice"]),
            ] {
                store.append(named(key, name, tags)).await.unwrap();
            }
            assert_eq!(positions(&store, sku("tea")).await, [1, 3]);
            assert_eq!(positions(&store, sku("milk")).await, [1, 2]);
            assert_eq!(positions(&store, sku("rice")).await, [4]);
            assert_eq!(positions(&store, sku("salt")).await, [0_u64; 0]);
            assert_eq!(positions(&store, sku("tea").name("added")).await, [1]);
            let both = sku("tea").tag(Tag::new(key, "milk"));
            assert_eq!(positions(&store, both).await, [1]);
            let any = Query::any([sku("rice"), sku("tea").name("removed")]);
            assert_eq!(positions(&store, any).await, [3, 4]);
            let expect = |value: &str| Expect::NoneMatch {
                query: Query::from(sku(value)).in_tenant(""),
                after: Position::START,
            };
            let salt = named(key, "added", &["salt"]);
            store.append(salt.expect(expect("salt"))).await.unwrap();
            let tea = named(key, "added", &["tea"]).expect(expect("tea"));
            let refused = store.append(tea).await.unwrap_err();
            assert!(matches!(refused, AppendError::Conflict(_)), "{refused}");
            store.verify().await.unwrap();
            store.close().await;
        }
    }
}
