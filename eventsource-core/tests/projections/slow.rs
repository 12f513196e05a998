//! A store of events that takes its time.

use std::time::Duration;

use eventsource_core::store::{BoxFuture, Commit, ImportError, Imported, Limits, Page, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, EventStore, MemoryStore, Position, Query, ReadError, Receipt, StreamId,
};
use tokio::sync::watch;

/// Each page but the first takes so long.
pub(crate) struct Slow(pub(crate) MemoryStore, pub(crate) Duration);

impl EventStore for Slow {
    fn read(
        &self,
        query: Query,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            if after != Position::START {
                tokio::time::sleep(self.1).await;
            }
            self.0.read(query, after, limit).await
        })
    }

    fn id(&self) -> Uuid {
        self.0.id()
    }

    fn limits(&self) -> Limits {
        self.0.limits()
    }

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

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        self.0.head()
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

    fn watch(&self) -> watch::Receiver<Position> {
        self.0.watch()
    }
}
