//! Stores of events.

mod broken_rule;
mod capabilities;
mod commit;
mod commit_digest;
mod commit_header;
mod commit_time;
mod copy;
mod digest;
mod error;
mod event_log;
mod event_store;
mod fingerprint;
mod freshness;
mod history;
mod horizon;
mod imported;
mod limits;
mod new_event;
mod page;
mod page_index;
mod page_order;
mod pages;
mod query;
mod read_log;
mod read_stream;
mod receipt;
mod revision;
mod snapshot;
mod snapshot_store;
mod store_id;
mod stored_event;
mod stored_type;
mod stream_store;
mod stream_visit;
mod tags;
mod visit;

use std::sync::Arc;

pub use crate::future::BoxFuture;
use crate::values::{Environment, Timestamp};
pub use broken_rule::BrokenRule;
pub use capabilities::{Capabilities, LatestReads, NoneMatchGuards};
pub use commit::{Commit, Expect};
#[cfg(feature = "store-author")]
pub(crate) use commit_digest::EventContent;
pub use commit_header::{CommitHeader, MetadataError};
pub use commit_time::CommitTime;
pub use copy::{CopyError, copy};
pub use digest::{Digest, DigestEncoding};
pub(crate) use error::now_there;
pub use error::{AppendError, Conflict, ErrorClass, ReadError, StoreError, StoreErrorKind};
pub use event_log::EventLog;
pub use event_store::EventStore;
pub use fingerprint::Fingerprint;
pub use freshness::Freshness;
pub(crate) use history::check_history;
pub use horizon::Horizon;
pub use imported::{ImportError, Imported};
pub use limits::Limits;
pub use new_event::NewEvent;
pub use page::{Page, PageBuilder, PageEvent};
pub use page_index::{CommitIndex, StreamIndex, TypeIndex};
pub use pages::Pages;
pub use query::{Filter, Query};
pub use read_log::ReadLog;
pub use read_stream::{ReadStream, Versions};
pub use receipt::Receipt;
pub use revision::Revision;
pub use snapshot::Snapshot;
pub use snapshot_store::SnapshotStore;
pub use store_id::{LogId, StoreId};
pub use stored_event::StoredEvent;
pub use stored_type::StoredType;
pub use stream_store::StreamStore;
pub use stream_visit::{StreamEvent, StreamVisited, StreamVisitor};
pub use tags::{TagBuffer, Tags, TagsJsonError};
pub use visit::{VisitEnd, VisitError, Visited, Visitor, visit_all};

/// A store: an identity, a clock, limits and abilities.
///
/// [`StreamStore`] adds the streams that a repository needs, and [`EventLog`] the log that
/// projections, reactors and subscriptions follow. A store that has both, with all streams in one
/// log, is an [`EventStore`].
pub trait Store: Send + Sync + 'static {
    /// The identity of the store.
    fn id(&self) -> StoreId;

    /// The source of time, randomness and tasks that the store was opened with. A repository, a bus
    /// and a runner use it too, unless they are given another one.
    fn environment(&self) -> Arc<dyn Environment>;

    /// The limits of the store.
    fn limits(&self) -> Limits;

    /// The optional abilities of the store.
    fn capabilities(&self) -> Capabilities;

    /// The time of the clock from which the store takes `recorded_at`. A store on a server uses the server's
    /// clock. The time is never before the `recorded_at` of the last commit.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>>;
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn id(&self) -> StoreId {
        (**self).id()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        (**self).environment()
    }

    fn limits(&self) -> Limits {
        (**self).limits()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        (**self).now()
    }
}
