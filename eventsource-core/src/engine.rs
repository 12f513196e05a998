//! The decisions that every store makes, without I/O. The stores of this workspace are built of these
//! parts. They are public under the feature `store-author`, for authors of other stores.
//!
//! An append waits in a [`Queue`](group_commit::Queue) for the [`Group`](group_commit::Group) that it
//! is written with ([`serve`](group_commit::serve)); a [`Decider`] decides whether and where each
//! [`NewCommit`] of a group is stored; a [`HeadSender`](crate::store::HeadSender) wakes the readers. A
//! [`PageFiller`] fills their pages.
//!
//! # Example
//!
//! A filler makes a page of the rows of a store, or shows them to a visitor; each of the two is an
//! [`EventSink`]. A [`StreamVisit`] shows the events of one stream.
//!
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::Arc;
//! use eventsource_core::engine::{
//!     Damage, EventSink, FilledEvent, LastEvent, PageFiller, PageSource, StreamVisit, VisitedEvents,
//! };
//! use eventsource_core::store::{
//!     CommitHeader, ReadLog, ReadStream, StoredEvent, StoredType, StreamEvent, StreamVisitor, Tags,
//!     VisitEnd, Visitor,
//! };
//! # use eventsource_core::store::{Digest, DigestEncoding};
//! # use eventsource_core::uuid::Uuid;
//! use eventsource_core::values::SystemEnvironment;
//! use eventsource_core::{Codec, Horizon, Position, Query, Revision, StreamId, Timestamp};
//!
//! /// A store of one commit.
//! struct Tables {
//!     commit: Arc<CommitHeader>,
//! }
//!
//! impl PageSource for Tables {
//!     type Error = Damage;
//!
//!     fn stream(&mut self, _: i64) -> Result<StreamId, Damage> {
//!         Ok(StreamId::new("cart", Uuid::nil()))
//!     }
//!     fn event_type(&mut self, _: i64) -> Result<StoredType, Damage> {
//!         Ok(StoredType::new("cart.opened", 1, Codec::Json))
//!     }
//!     fn commit(&mut self, _: Position) -> Result<Arc<CommitHeader>, Damage> {
//!         Ok(Arc::clone(&self.commit))
//!     }
//! }
//!
//! const FIRST: Position = Position::new(1);
//!
//! fn row() -> FilledEvent<'static> {
//!     FilledEvent {
//!         commit: FIRST,
//!         stream: 1,
//!         event_type: 1,
//!         version: 1,
//!         position: FIRST,
//!         payload: b"{}",
//!         tags: Tags::default(),
//!     }
//! }
//!
//! fn fill<S: EventSink>(
//!     mut filler: PageFiller<S>,
//!     tables: &mut Tables,
//! ) -> Result<PageFiller<S>, Damage> {
//!     assert!(filler.add(&row(), tables)?, "the page has room, or the visitor goes on");
//!     Ok(filler)
//! }
//!
//! struct Ignore;
//!
//! impl Visitor for Ignore {
//!     fn visit(&mut self, _: &StoredEvent<'_>) -> ControlFlow<()> {
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! impl StreamVisitor for Ignore {
//!     fn visit(&mut self, _: &StreamEvent<'_>) -> ControlFlow<()> {
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! # let digest = Digest::from_bytes(DigestEncoding::Tree, [0; 32]);
//! # let time = Timestamp::default();
//! let commit = CommitHeader::new(Uuid::nil(), FIRST, 1, time, digest);
//! let head = commit.horizon();
//! let mut tables = Tables { commit: Arc::new(commit) };
//! let read = ReadLog::new(Query::all());
//! let page = fill(PageFiller::of_log(&read), &mut tables)?.finish(head, true);
//! assert_eq!(page.len(), 1);
//!
//! let filler: PageFiller<VisitedEvents<'_>> =
//!     PageFiller::visiting(&read, Box::new(Ignore), &SystemEnvironment);
//! let visited = fill(filler, &mut tables)?.finish(head, true)?;
//! assert_eq!((visited.through, visited.end), (head, VisitEnd::Head));
//!
//! let read = ReadStream::forward(StreamId::new("cart", Uuid::nil()), 0);
//! let mut visit = StreamVisit::new(&read, Box::new(Ignore), &SystemEnvironment);
//! assert!(visit.show(&row(), &mut tables)?);
//! let LastEvent { version, position, .. } = visit.last().expect("an event was shown");
//! let revision = Revision::new(version, position, Uuid::nil());
//! let visited = visit.finish(FIRST, Some(revision), true)?;
//! assert_eq!(visited.end, VisitEnd::Head);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A decider plans a commit:
//!
//! ```
//! use std::collections::HashMap;
//!
//! use eventsource_core::engine::{
//!     Decided, Decider, Facts, NewCommit, PlannedEvent, PlannedStream, ReadFailure, ReceiptBuilder,
//!     StreamState,
//! };
//! use eventsource_core::store::{
//!     Commit, CommitHeader, CommitTime, Expect, Limits, NewEvent, Page, ReadLog, ReadStream,
//! };
//! use eventsource_core::{
//!     AppendError, Codec, Position, Receipt, StreamId, Timestamp, uuid::Uuid,
//! };
//!
//! /// A store that keeps only the states of its streams.
//! #[derive(Default)]
//! struct Streams(HashMap<StreamId, StreamState<()>>);
//!
//! impl Facts for Streams {
//!     type Row = ();
//!     type Error = AppendError;
//!
//!     fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<()>>, AppendError> {
//!         Ok(self.0.get(stream).cloned())
//!     }
//!
//!     fn commit(
//!         &mut self,
//!         _: &StreamId,
//!         _: Option<&()>,
//!         _: Uuid,
//!     ) -> Result<Option<CommitHeader>, AppendError> {
//!         Ok(None)
//!     }
//!
//!     fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, AppendError> {
//!         ReceiptBuilder::<&StreamId>::new(commit.clone()).finish(|stream| Ok(stream.clone()))
//!     }
//!
//!     fn read_stream(&mut self, _: &ReadStream) -> Result<Page, ReadFailure<AppendError>> {
//!         Ok(Page::default()) // it keeps no events that a conflict could show
//!     }
//!
//!     fn read(&mut self, _: &ReadLog) -> Result<Page, ReadFailure<AppendError>> {
//!         unreachable!("no commit of this group has a guard")
//!     }
//! }
//!
//! let cart = StreamId::new("cart", Uuid::nil());
//! let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
//! let now = CommitTime::clock(Timestamp::from_micros(1));
//! let open = |id| {
//!     let commit = Commit::new(Uuid::from_u128(id), vec![opened.clone()]);
//!     NewCommit::new(commit.expect(Expect::NoStream(cart.clone())), now, &Limits::DEFAULT)
//! };
//! let group = [open(1)?, open(2)?];
//!
//! let (mut store, mut decider) = (Streams::default(), Decider::new(Position::START));
//! let mut answers = Vec::new();
//! for new in &group {
//!     answers.push(match decider.resolve(new, &mut store)? {
//!         Decided::Answer(answer) => answer,
//!         Decided::Store(plan) => {
//!             for (event, place) in plan.events() {
//!                 let PlannedEvent { stream, version, position, .. } = place;
//!                 let written: &PlannedStream<'_, ()> = &plan.streams[stream];
//!                 // Here the store writes the event.
//!                 assert_eq!((&event.stream, position), (written.stream, plan.header.first));
//!                 assert_eq!(version, written.revision.version());
//!             }
//!             Ok(decider.accept(plan))
//!         }
//!     });
//! }
//! assert_eq!(answers[0].as_ref().unwrap().revision().version(), 1);
//! assert!(matches!(answers[1], Err(AppendError::Conflict(_))));
//! # Ok::<(), AppendError>(())
//! ```
//!
//! Each check of stored data finds a [`Damage`]:
//!
//! ```
//! use eventsource_core::engine::{Damage, VersionOrder, check_digests};
//! use eventsource_core::store::{Commit, NewEvent, ReadLog, ReadStream};
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{Codec, EventLog, MemoryStore, Position, Query, StreamId, StreamStore};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let cart = StreamId::new("cart", Uuid::now_v7());
//! let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
//! store.append(Commit::new(Uuid::now_v7(), vec![opened])).await?;
//! check_digests(&store.read(ReadLog::new(Query::all())).await?)?;
//!
//! // The stream has three versions, but the second one is not found.
//! let read = ReadStream::forward(cart, 0);
//! let mut order = VersionOrder::new(&read, 3);
//! order.take(1, Position::new(1))?;
//! let damage = order.take(3, Position::new(3)).unwrap_err();
//! assert!(matches!(damage, Damage::MissingVersion { version: 2, .. }));
//! # Ok(()) }
//! ```

mod damage;
mod decider;
mod digest_check;
mod event_sink;
pub mod group_commit;
mod imported_commits;
pub mod inline;
pub mod models;
mod new_commit;
mod page_filler;
mod receipt_builder;
mod slot_cache;
mod stream_visit;
mod version_order;
mod visit_clock;
mod visited_events;

pub use damage::Damage;
pub use decider::{
    Decided, Decider, Decision, Facts, Guard, Lookup, MissedEvents, Plan, PlannedEvent,
    PlannedStream, ReadFailure, StreamState,
};
pub use digest_check::check_digests;
pub use event_sink::EventSink;
pub use imported_commits::ImportedCommits;
pub use new_commit::NewCommit;
pub use page_filler::{FilledEvent, PageFiller, PageSource};
pub use receipt_builder::ReceiptBuilder;
pub use slot_cache::SlotCache;
pub use stream_visit::{LastEvent, StreamVisit};
pub use version_order::VersionOrder;
pub use visited_events::VisitedEvents;
