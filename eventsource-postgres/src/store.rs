//! The store.

use std::sync::Arc;

use eventsource_core::engine::group_commit::RequestSize;
use eventsource_core::engine::{ImportedCommits, NewCommit};
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, CommitTime, HeadWatch, ImportError, Imported, Limits, LogId,
    Page, ReadLog, ReadStream, SnapshotStore, StoreError, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, ReadError, Receipt, Store, StreamId, StreamStore,
    Timestamp,
};
use tokio_postgres::types::{ToSql, Type};

use crate::opened::Opened;
use crate::read::selection::{has_nul, is_impossible};
use crate::read::{self, log, not_read, receipt, stream};
use crate::shared::Shared;

/// A store in one schema of a `PostgreSQL` database. Clones are handles of the same store, and any number
/// of processes may open it.
///
/// An acknowledged commit is on the server's disk, and on its synchronous standbys. Appends that wait at the
/// same time share a transaction. A server that acknowledges commits before they are on its disk
/// (`fsync = off`, `synchronous_commit = off`) is refused.
///
/// ```no_run
/// use eventsource_core::{EventLog, Horizon};
/// use eventsource_postgres::PostgresStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::open("postgres://shop@localhost/shop").await?;
/// assert_eq!(store.head().await?, Horizon::START);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresStore(Arc<Opened>);

impl PostgresStore {
    /// Closes the store for all its clones. Appends that were accepted are still written; all that comes
    /// later is answered with `Closed`.
    pub fn close(&self) {
        self.0.close();
    }

    pub(crate) fn new(opened: Opened) -> Self {
        Self(Arc::new(opened))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// The name of the connections in `pg_stat_activity`: for the conformance suites, which end them.
    #[cfg(feature = "hold")]
    #[doc(hidden)]
    #[must_use]
    pub fn application_name(&self) -> &str {
        self.shared()
            .config
            .get_application_name()
            .unwrap_or_default()
    }

    /// Awaits `hook` before the next COMMIT: for the conformance suites, which stop an append there.
    #[cfg(feature = "hold")]
    #[doc(hidden)]
    pub fn before_next_commit(&self, hook: BoxFuture<'static, ()>) {
        self.0.writer.before_commit.set(hook);
    }
}

impl Store for PostgresStore {
    fn id(&self) -> StoreId {
        self.0.id
    }

    fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.shared().environment)
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        Box::pin(async move {
            let shared = self.shared();
            let client = shared.connection().await?;
            let last = read::end(&client, &shared.statements).await?;
            let last = last.map_or_else(Timestamp::default, |last| last.recorded_at);
            Ok(shared.environment.now().max(last))
        })
    }
}

impl StreamStore for PostgresStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let shared = self.shared();
            let now = shared.environment.now();
            let time = CommitTime::clock(now).max_clock_lead(shared.max_clock_lead);
            let new = NewCommit::new(commit, time, &self.limits())?;
            let stored = self.0.writer.store(vec![new]).await;
            let receipts = stored.map_err(|error| error.source)?;
            let receipt = receipts.into_iter().next();
            let receipt = receipt.expect("a receipt for each commit");
            time.warn_if_ahead(&receipt);
            Ok(receipt)
        })
    }

    /// Imports the commits in batches of the size of a group, so that no append waits for all of them.
    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let mut stored = Vec::with_capacity(commits.len());
            let mut commits = ImportedCommits::new(commits, &self.limits());
            loop {
                let (mut batch, mut size) = (Vec::new(), RequestSize::default());
                for new in commits.by_ref() {
                    size = [size, new.size()].into_iter().sum();
                    batch.push(new);
                    if size.fills_group() {
                        break;
                    }
                }
                if batch.is_empty() {
                    return commits.finish(stored);
                }
                match self.0.writer.store(batch).await {
                    Ok(receipts) => stored.extend(receipts),
                    Err(error) => {
                        stored.extend(error.stored);
                        return Err(ImportError::new(stored, error.commit_id, error.source));
                    }
                }
            }
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        Box::pin(async move {
            if is_impossible(&first) {
                return Ok(None);
            }
            let shared = self.shared();
            let client = shared.connection().await?;
            Ok(receipt::find(&client, &shared.statements, &first, commit_id).await?)
        })
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let shared = self.shared();
            let client = shared.connection().await?;
            stream::read(&client, shared, &read).await
        })
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move {
            if has_nul(tenant) || has_nul(category) {
                return Ok(Vec::new());
            }
            let shared = self.shared();
            let client = shared.connection().await?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let values: [(&(dyn ToSql + Sync), Type); 4] = [
                (&tenant, Type::TEXT),
                (&category, Type::TEXT),
                (&after, Type::UUID),
                (&limit, Type::INT8),
            ];
            let rows = client
                .query_typed(&shared.statements.root_ids, &values)
                .await;
            let rows = rows.map_err(not_read)?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for PostgresStore {
    fn log_id(&self) -> LogId {
        LogId::new(self.0.id, 0)
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.limits().check_query(&read.query)?;
            let shared = self.shared();
            let client = shared.connection().await?;
            log::read(&client, shared, &read).await
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(async move {
            let shared = self.shared();
            let client = shared.connection().await?;
            let head = read::head(&client, &shared.statements).await?;
            shared.head.move_to(head.position());
            Ok(head)
        })
    }

    fn watch(&self) -> HeadWatch {
        self.shared().head.watch()
    }
}

impl EventStore for PostgresStore {}
