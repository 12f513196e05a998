//! The streams of a store.

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

/// A store that keeps streams of events: what a [`Repository`](crate::Repository) needs.
///
/// It needs no log, so that a store whose streams are in several logs can keep aggregates too.
pub trait StreamStore: Store {
    /// Stores a commit, whole or not at all. It is durable once this answers.
    ///
    /// A commit that is stored already is not stored again, whatever it expects, and answered with
    /// its receipt. The first poll of the future hands the commit to the store. If the future is
    /// dropped after that and before it answers, the commit is stored whole or not at all.
    ///
    /// # Errors
    ///
    /// See [`AppendError`]; only after [`AppendError::OutcomeUnknown`] may the commit be stored.
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>>;

    /// Stores commits of another store in this order, with their ids and times, up to the first that
    /// cannot be stored. Each of them is durable once this answers. Commits that are stored already are
    /// not stored again. If the future is dropped before it answers, a first part of them is stored.
    ///
    /// # Errors
    ///
    /// [`ImportError`] has the receipts of the commits before the one that failed, and the reason:
    /// `Invalid` if its time lies before that of the last event of a stream that it writes,
    /// `OtherDigest` if it is not what its digest says, and as for
    /// [`append`](Self::append).
    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>>;

    /// The receipt of a commit whose first event went to the stream `first`, if it is stored.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>>;

    /// Some events of one stream, by version. A stream without events gives an empty page.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// Shows the events that a read of a stream asks for to a visitor, each while it is borrowed from
    /// the store, and gives the visitor back with the revision that it has come to. It ends where a
    /// page of [`read_stream`](Self::read_stream) would end, or earlier where a commit ends: a
    /// transaction shows at most 4,096 events, or those of 50 ms, and what else belongs to the last
    /// commit.
    ///
    /// A store need not implement it: this reads a page.
    ///
    /// # Errors
    ///
    /// [`VisitError`], and then the visitor is lost.
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

    /// The root ids of a category of a tenant that come after `after`, in the store's own order.
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

    /// The snapshots beside the streams; `None` if the store keeps none.
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
