//! Stores of events.
//!
//! # Example
//!
//! An [`EventStore`] is a [`StreamStore`], to which commits are appended, and an [`EventLog`] of all streams:
//!
//! ```
//! use eventsource_core::store::{
//!     Commit, CommitHeader, Conflict, Expect, LatestReads, NewEvent, NoneMatchGuards, ReadLog,
//!     ReadStream, StoredEvent, Versions,
//! };
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{
//!     AppendError, Codec, ErrorClass, EventLog, EventStore, Filter, MemoryStore, Metadata, Query,
//!     ReadError, Receipt, Store, StreamId, StreamStore,
//! };
//!
//! /// Adds the first item of a cart.
//! async fn add_first(
//!     store: &dyn EventStore,
//!     cart: &StreamId,
//!     sku: &str,
//! ) -> Result<Receipt, AppendError> {
//!     let payload = format!(r#"{{"sku":"{sku}"}}"#).into_bytes();
//!     let added = NewEvent::new(cart.clone(), "cart.item-added", 1, Codec::Json, payload);
//!     let commit = Commit::new(Uuid::now_v7(), vec![added])
//!         .expect(Expect::NoStream(cart.clone()))
//!         .metadata(Metadata::new().actor("ann"));
//!     store.append(commit).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let cart = StreamId::new("cart", Uuid::now_v7());
//! let receipt = add_first(&store, &cart, "tea").await?;
//!
//! // The cart has an event now, so the second commit is refused, with the event that it missed.
//! let error = add_first(&store, &cart, "milk").await.unwrap_err();
//! assert_eq!(error.class(), ErrorClass::Conflict);
//! let AppendError::Conflict(conflict) = error else { panic!("{error}") };
//! let Conflict { actual, missed, .. } = *conflict;
//! assert_eq!((actual, missed.len()), (Some(receipt.revision()), 1));
//!
//! let read = ReadStream::forward(cart.clone(), 0).with_metadata();
//! assert_eq!(read.versions, Versions::After(0));
//! let page = store.read_stream(read).await?;
//! let event: StoredEvent<'_> = page.last().unwrap();
//! let commit: &CommitHeader = event.commit;
//! assert_eq!(commit.metadata().actor.as_deref(), Some("ann"));
//!
//! let page = store.read(ReadLog::new(Filter::new().category("cart"))).await?;
//! assert_eq!((page.len(), page.through()), (1, store.head().await?));
//!
//! // Another store has another history.
//! let other = MemoryStore::new();
//! assert_ne!(other.id(), store.id());
//! let read = ReadLog::new(Query::all()).after(receipt.horizon());
//! let error = other.read(read).await.map(drop).unwrap_err();
//! assert!(matches!(error, ReadError::BeyondHead { .. }));
//!
//! let capabilities = Store::capabilities(&store);
//! assert_eq!(capabilities.latest, LatestReads::Linearizable);
//! assert_eq!(capabilities.none_match, NoneMatchGuards::Exact);
//! # Ok(()) }
//! ```
//!
//! Visitors see the events without a page:
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use eventsource_core::store::{
//!     ReadLog, ReadStream, StoredEvent, StreamEvent, StreamVisited, StreamVisitor, VisitEnd, VisitError,
//!     Visited, Visitor, visit_all,
//! };
//! # use eventsource_core::store::{Commit, NewEvent};
//! # use eventsource_core::{Codec, StreamId};
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{EventLog, Horizon, MemoryStore, Position, Query, ReadError, StreamStore};
//!
//! #[derive(Default)]
//! struct Count(usize);
//!
//! impl Visitor for Count {
//!     fn visit(&mut self, _: &StoredEvent<'_>) -> ControlFlow<()> {
//!         self.0 += 1;
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! impl StreamVisitor for Count {
//!     fn visit(&mut self, _: &StreamEvent<'_>) -> ControlFlow<()> {
//!         self.0 += 1;
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::now_v7()));
//! # let event = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
//! # store.append(Commit::new(Uuid::now_v7(), vec![event])).await?;
//! let (count, through) = visit_all(&store, ReadLog::new(Query::all()), Count(0)).await?;
//! assert_eq!((count.0, through), (1, store.head().await?));
//!
//! // A visit of one transaction tells why it ended.
//! let read = ReadLog::new(Query::all()).after(through);
//! let visited: Visited = store.visit(read, Box::new(Count(0))).await?;
//! assert_eq!(visited.end, VisitEnd::Head);
//! let visited: StreamVisited =
//!     store.visit_stream(ReadStream::forward(cart, 0), Box::new(Count(0))).await?;
//! assert_eq!(visited.last.unwrap().version(), 1);
//!
//! let unknown = Horizon::unchecked(Position::new(9));
//! let read = ReadLog::new(Query::all()).after(unknown);
//! let error = visit_all(&store, read, Count(0)).await.map(drop).unwrap_err();
//! assert!(matches!(error, VisitError::Read(ReadError::BeyondHead { .. })));
//! # Ok(()) }
//! ```
//!
//! A store makes a [`Page`] with a [`PageBuilder`], which has each commit, stream and type once:
//!
//! ```
//! use std::sync::Arc;
//!
//! use eventsource_core::store::{
//!     Commit, CommitHeader, CommitIndex, MetadataError, NewEvent, PageBuilder, PageEvent, StreamIndex,
//!     Tags, TypeIndex,
//! };
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{Codec, Position, StreamId, Timestamp};
//!
//! let cart = StreamId::new("cart", Uuid::now_v7());
//! let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
//! let commit = Commit::new(Uuid::now_v7(), vec![opened]);
//! let position = Position::new(1);
//! let time = Timestamp::from_micros(0);
//! let header = Arc::new(CommitHeader::new(commit.id, position, 1, time, commit.digest()));
//!
//! let mut builder = PageBuilder::new();
//! let commit: CommitIndex = builder.commit(Arc::clone(&header));
//! let stream: StreamIndex = builder.stream(cart);
//! let event_type: TypeIndex = builder.named_type("cart.opened", 1, Codec::Json);
//! let (tags, payload) = (Tags::from(&[][..]), &b"{}"[..]);
//! builder.push(PageEvent { position, version: 1, commit, stream, event_type, tags, payload });
//! let page = builder.finish(header.horizon(), true);
//! assert_eq!(page.get(0).unwrap().name, "cart.opened");
//!
//! // Metadata are decoded when they are asked for, so damaged ones are found then.
//! let damaged = CommitHeader::clone(&header).with_metadata_json("{");
//! let error: MetadataError = damaged.try_metadata().map(drop).unwrap_err();
//! assert!(error.to_string().contains("metadata"));
//! ```
//!
//! A store keeps a [`Snapshot`] for each stream and [`Fingerprint`]:
//!
//! ```
//! use eventsource_core::store::{Fingerprint, Snapshot};
//! use eventsource_core::{MemoryStore, StreamId, StreamStore};
//! # use eventsource_core::Codec;
//! # use eventsource_core::store::{Commit, NewEvent};
//! use eventsource_core::uuid::Uuid;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::now_v7()));
//! # let event = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
//! # let receipt = store.append(Commit::new(Uuid::now_v7(), vec![event])).await?;
//! let snapshots = store.snapshots().expect("the store keeps snapshots");
//! let fingerprint = Fingerprint::from_bytes([7; 32]);
//! let state = br#"{"items":1}"#;
//! let snapshot = Snapshot::new(cart.clone(), fingerprint, receipt.revision(), state.to_vec());
//! snapshots.keep(snapshot).await?;
//!
//! let newest = snapshots.newest(cart.clone(), fingerprint).await?.unwrap();
//! assert_eq!((&*newest.state, newest.revision), (&state[..], receipt.revision()));
//! let other = Fingerprint::from_bytes([8; 32]);
//! assert_eq!(snapshots.newest(cart, other).await?, None);
//! # Ok(()) }
//! ```

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
mod head_watch;
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
pub use head_watch::{HeadSender, HeadWatch};
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
///
/// [Example](crate::store#example).
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
