//! A store of events that takes its time.

use eventsource_core::values::Environment;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, ImportError, Imported, Limits, LogId, Page, ReadLog,
    ReadStream, StoreError, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, MemoryStore, Position, ReadError, Receipt, Store,
    StreamId, StreamStore, Timestamp,
};
use tokio::sync::watch;

/// Each page but the first takes so long.
pub(crate) struct Slow(pub(crate) MemoryStore, pub(crate) Duration);

impl Store for Slow {
    fn id(&self) -> StoreId {
        self.0.id()
    }

    fn limits(&self) -> Limits {
        self.0.limits()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.0.environment()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.0.now()
    }
}

impl StreamStore for Slow {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        self.0.append(commit)
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        self.0.import(commits)
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        self.0.receipt(first, commit_id)
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.0.read_stream(read)
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        self.0.root_ids(tenant, category, after, limit)
    }
}

impl EventLog for Slow {
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            if read.after != Horizon::START {
                tokio::time::sleep(self.1).await;
            }
            self.0.read(read).await
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        self.0.head()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.0.watch()
    }

    fn log_id(&self) -> LogId {
        self.0.log_id()
    }
}

impl EventStore for Slow {}
