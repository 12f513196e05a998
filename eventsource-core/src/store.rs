//! Where commits are kept.

mod broken_rule;
mod commit;
mod commit_digest;
mod commit_header;
mod commit_time;
mod copy;
mod digest;
mod error;
mod fingerprint;
mod imported;
mod limits;
mod memory;
mod new_event;
mod page;
mod page_order;
mod pages;
mod query;
mod receipt;
mod revision;
mod snapshot;
mod stored_event;

use std::future::ready;
use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

pub use crate::future::BoxFuture;
use crate::values::{Position, StreamId};
pub use broken_rule::BrokenRule;
pub use commit::{Commit, Expect};
pub use commit_header::CommitHeader;
pub use commit_time::CommitTime;
pub use copy::{CopyError, copy};
pub use digest::{Digest, DigestEncoding};
pub use error::{AppendError, Conflict, ErrorClass, ReadError, StoreError, StoreErrorKind};
pub use fingerprint::Fingerprint;
pub use imported::{ImportError, Imported};
pub use limits::Limits;
pub use memory::MemoryStore;
pub use new_event::NewEvent;
pub use page::{Page, PageBuilder, PageEvent};
pub use pages::Pages;
pub use query::{Filter, Query};
pub use receipt::Receipt;
pub use revision::Revision;
pub use snapshot::Snapshot;
pub use stored_event::StoredEvent;

#[doc = include_str!("store.md")]
pub trait EventStore: Send + Sync + 'static {
    /// Which store this is. A checkpoint of one store means nothing in another.
    fn id(&self) -> Uuid;

    /// How large what it takes may be.
    fn limits(&self) -> Limits;

    /// Stores a commit, whole or not at all. It is durable once this answers.
    ///
    /// A commit that is stored already is not stored again, whatever it expects, and answered with
    /// its receipt. If the future is dropped before it answers, the commit is stored whole or not
    /// at all.
    ///
    /// # Errors
    ///
    /// See [`AppendError`]; only after [`AppendError::Unknown`] may the commit be stored.
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>>;

    /// Stores commits of another store in this order, with their ids and times, up to the first that
    /// cannot be stored. Each of them is durable once this answers. Commits that are stored already are
    /// not stored again. If the future is dropped before it answers, a first part of them is stored.
    ///
    /// # Errors
    ///
    /// [`ImportError`] has the receipts of the commits before the one that failed, and the reason:
    /// `Invalid` if its time lies before that of the last event of a stream that it writes,
    /// `OtherDigest` if it is not what its digest says, and as for [`append`](Self::append).
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

    /// The events after a position that match a query, by position: some `limit` of them, with
    /// their commits, and never a part of a commit's matches.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn read(
        &self,
        query: Query,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// The position of the last event; [`Position::START`] of an empty store.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>>;

    /// The root ids of a category of a tenant that come after `after`, in their own order.
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

    /// Follows the head: the receiver is woken when it moves, by whichever process. It begins with the
    /// head as far as it is known here, which is at least what was appended here.
    fn watch(&self) -> watch::Receiver<Position>;

    /// The newest snapshot of a stream under a fingerprint, if the store keeps one.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        let _ = (stream, fingerprint);
        Box::pin(ready(Ok(None)))
    }

    /// Keeps a snapshot in place of an older one of the same stream and fingerprint. It need not be
    /// durable: whoever misses it folds the events.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]; `Unsupported` by a store that keeps none.
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        let _ = snapshot;
        let message = "this store keeps no snapshots";
        Box::pin(ready(Err(StoreError::new(
            StoreErrorKind::Unsupported,
            message,
        ))))
    }
}

impl<S: EventStore + ?Sized> EventStore for Arc<S> {
    fn id(&self) -> Uuid {
        (**self).id()
    }

    fn limits(&self) -> Limits {
        (**self).limits()
    }

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

    fn read(
        &self,
        query: Query,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ReadError>> {
        (**self).read(query, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, ReadError>> {
        (**self).head()
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

    fn watch(&self) -> watch::Receiver<Position> {
        (**self).watch()
    }

    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        (**self).snapshot(stream, fingerprint)
    }

    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).save_snapshot(snapshot)
    }
}

/// Which events of a stream to read.
///
/// ```
/// # use eventsource_core::{EventStore, MemoryStore, StreamId};
/// # use eventsource_core::store::ReadStream;
/// # use eventsource_core::uuid::Uuid;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::nil()));
/// let last_ten = ReadStream::backward(cart, u64::MAX).limit(10);
/// assert!(store.read_stream(last_ten).await?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadStream {
    /// The stream.
    pub stream: StreamId,
    /// From where, and in which direction.
    pub versions: Versions,
    /// How many events, or a few more, since a page does not split a commit.
    pub limit: usize,
    /// A position that the read has to have seen, for stores whose reads can be stale.
    pub at_least: Position,
    /// Whether the commits of the events come with their metadata, which costs a little.
    pub with_metadata: bool,
}

/// From where in a stream, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum Versions {
    /// Rising, from the first version above this one.
    After(u64),
    /// Falling, from the first version below this one.
    Before(u64),
}

impl ReadStream {
    /// Reads on after a version; all from the start after version 0.
    #[must_use]
    pub fn forward(stream: StreamId, after: u64) -> Self {
        Self::new(stream, Versions::After(after))
    }

    /// Reads back before a version; all from the end before [`u64::MAX`].
    #[must_use]
    pub fn backward(stream: StreamId, before: u64) -> Self {
        Self::new(stream, Versions::Before(before))
    }

    fn new(stream: StreamId, versions: Versions) -> Self {
        let (limit, at_least) = (1_000, Position::START);
        Self {
            stream,
            versions,
            limit,
            at_least,
            with_metadata: false,
        }
    }

    /// Reads some `limit` events instead of 1,000.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Reads what is no older than this position.
    #[must_use]
    pub fn at_least(mut self, position: Position) -> Self {
        self.at_least = position;
        self
    }

    /// Reads the metadata of the commits as well. Without this, a store may leave them out of the
    /// commits that come with the events.
    #[must_use]
    pub fn with_metadata(mut self) -> Self {
        self.with_metadata = true;
        self
    }
}
