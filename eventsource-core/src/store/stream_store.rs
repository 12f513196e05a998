//! Stores of streams.

use std::sync::Arc;

use uuid::Uuid;

use super::Store;
use super::commit::Commit;
use super::error::{AppendError, ReadError};
use super::imported::{ImportError, Imported};
use super::page::Page;
use super::read_stream::ReadStream;
use super::receipt::Receipt;
use super::snapshot_store::SnapshotStore;
use super::stream_visit::{StreamVisited, StreamVisitor};
use super::visit::VisitError;
use crate::future::BoxFuture;
use crate::values::StreamId;

/// A store of streams of events, which a [`Repository`](crate::Repository) needs.
///
/// The trait does not require a log, so a store with several logs can store aggregates too.
///
/// [Example](crate::store#example).
#[doc(alias = "event stream")]
pub trait StreamStore: Store {
    /// Appends a commit, whole or not at all. The commit is durable when the future returns its receipt.
    ///
    /// If the commit is stored already, its receipt is returned regardless of its expectations, and nothing is
    /// stored. The first poll of the future submits the commit to the store. If the future is dropped after
    /// that, the commit is stored whole or not at all.
    ///
    /// # Errors
    ///
    /// See [`AppendError`]. The commit may be stored only after [`AppendError::OutcomeUnknown`].
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>>;

    /// Stores commits of another store in this order, with their ids and times, up to the first that cannot be
    /// stored. They are durable when the future returns. Commits that are stored already are not stored again.
    /// If the future is dropped before it returns, a first part of the commits is stored.
    ///
    /// # Errors
    ///
    /// [`ImportError`] has the receipts of the commits before the failed one, and the reason: `Invalid` if its
    /// time is before that of the last event of a stream that it writes, `OtherDigest` if its digest does not
    /// match, and the errors of [`append`](Self::append).
    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>>;

    /// Returns the receipt of a commit whose first event is in the stream `first`, if it is stored.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>>;

    /// Reads events of one stream, by version. The page of a stream without events is empty.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// Calls a visitor with events of one stream, each borrowed from the store, and returns the visitor with the
    /// revision that it has reached. The visit ends where a page of [`read_stream`](Self::read_stream) would
    /// end, or earlier at the end of a commit: one transaction visits at most 4,096 events, or 50 ms, and the
    /// rest of the last commit.
    ///
    /// A store need not implement it: the default reads a page.
    ///
    /// # Errors
    ///
    /// [`VisitError`]. The visitor is then lost.
    fn visit_stream(
        &self,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'_, Result<StreamVisited, VisitError>> {
        Box::pin(async move {
            let page = self.read_stream(read).await?;
            StreamVisited::of_page(&page, visitor)
        })
    }

    /// Lists the root ids of a category of a tenant after `after`, in the order of the store.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>>;

    /// The store of snapshots beside the streams; `None` if it has none.
    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        None
    }
}

impl<S: StreamStore + ?Sized> StreamStore for Arc<S> {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        (**self).append(commit)
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        (**self).import(commits)
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        (**self).receipt(first, commit_id)
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        (**self).read_stream(read)
    }

    fn visit_stream(
        &self,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'_, Result<StreamVisited, VisitError>> {
        (**self).visit_stream(read, visitor)
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        (**self).root_ids(tenant, category, after, limit)
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        (**self).snapshots()
    }
}
