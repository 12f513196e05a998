//! The events that one decision caused, on their way into a store.

use uuid::Uuid;

use super::new_event::NewEvent;
use super::query::Query;
use super::revision::Revision;
use crate::values::{Metadata, Position, StreamId};

/// Events that are stored all or none, in this order, if every expectation holds. All of them, and all
/// that the commit expects, are in one tenant.
///
/// [`Repository`](crate::Repository) makes them from decisions; code that handles raw events makes
/// them itself:
///
/// ```
/// use eventsource_core::{Codec, MemoryStore, StreamId, StreamStore};
/// use eventsource_core::store::{Commit, Expect, NewEvent};
/// use eventsource_core::uuid::Uuid;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cart = StreamId::new("cart", Uuid::now_v7());
/// let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::now_v7(), vec![opened]).expect(Expect::NoStream(cart));
/// let receipt = MemoryStore::new().append(commit).await?;
/// assert_eq!(receipt.revision().version(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Commit {
    /// Unique within the stream of the first event: the same commit again is stored once.
    pub id: Uuid,
    /// What has to be so for the commit to be stored. A stream that is not named may be at any
    /// version; one that is named need not be written.
    pub expect: Vec<Expect>,
    /// The events, at least one.
    pub events: Vec<NewEvent>,
    /// What is known beside them.
    pub metadata: Metadata,
    /// Whether a commit may be stored under this id already. See [`Commit::may_repeat`].
    pub may_repeat: bool,
}

impl Commit {
    /// A commit that expects nothing.
    #[must_use]
    pub fn new(id: Uuid, events: Vec<NewEvent>) -> Self {
        Self {
            id,
            expect: Vec::new(),
            events,
            metadata: Metadata::default(),
            may_repeat: true,
        }
    }

    /// Adds an expectation.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect.push(expect);
        self
    }

    /// Sets what is known beside the events.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets whether a commit may be stored under this id already; `true` unless it is set. With
    /// `false`, a store may save the look-up of the id until an expectation fails.
    ///
    /// The caller of `false` promises that the id was made for this commit just now, and that
    /// nothing was sent under it before, whether the answer is known or not. So a commit that is sent
    /// again, after whatever answer or none, is sent with `true`. Where the promise does not hold and
    /// an expectation fails, the answer is still the receipt of the commit that is stored, or
    /// [`AppendError::CommitIdReused`](crate::AppendError::CommitIdReused); where no expectation fails, a
    /// store may store it again or answer with an error.
    ///
    /// ```
    /// # use eventsource_core::{Codec, MemoryStore, StreamId, StreamStore};
    /// # use eventsource_core::store::{Commit, Expect, NewEvent};
    /// # use eventsource_core::uuid::Uuid;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::now_v7()));
    /// # let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
    /// let new = Commit::new(Uuid::now_v7(), vec![opened]).expect(Expect::NoStream(cart));
    /// store.append(new.clone().may_repeat(false)).await?;
    /// assert!(store.append(new).await?.repeated); // now it may
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn may_repeat(mut self, may_repeat: bool) -> Self {
        self.may_repeat = may_repeat;
        self
    }
}

/// What has to be so for a commit to be stored. A store that does not know one of these answers
/// [`Unsupported`](crate::store::StoreErrorKind::Unsupported).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// The stream has no events.
    NoStream(StreamId),
    /// The stream's last event is the one at this revision.
    At {
        /// The stream.
        stream: StreamId,
        /// Where it has to stand; [`Revision::NONE`] means the same as [`Expect::NoStream`].
        revision: Revision,
    },
    /// The stream has this many events, whatever their positions: for copies of another store, whose
    /// positions are its own. A decision rests on a revision; see [`Expect::At`].
    AtVersion {
        /// The stream.
        stream: StreamId,
        /// How many events it has to have.
        version: u64,
    },
    /// The stream's last event came with this commit, and the stream has this many events. So a
    /// commit can rest on one that is not acknowledged yet, whose position nobody knows: it is
    /// stored only if that one is, and nothing came between.
    ///
    /// ```
    /// # use eventsource_core::{AppendError, Codec, MemoryStore, StreamId, StreamStore};
    /// # use eventsource_core::store::{Commit, Expect, NewEvent};
    /// # use eventsource_core::uuid::Uuid;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::now_v7()));
    /// # let event = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
    /// # let new = || Commit::new(Uuid::now_v7(), vec![event.clone()]);
    /// let (first, second) = (new(), new());
    /// let follows = Expect::Follows { stream: cart, commit: first.id, version: 1 };
    /// let (first, second) = (store.append(first), store.append(second.expect(follows.clone())));
    /// first.await?; // neither waits for the other
    /// second.await?;
    /// let late = store.append(new().expect(follows)).await;
    /// assert!(matches!(late, Err(AppendError::Conflict(_))));
    /// # Ok(()) }
    /// ```
    Follows {
        /// The stream.
        stream: StreamId,
        /// The id of the commit, whose first event went to this stream.
        commit: Uuid,
        /// How many events the stream has to have.
        version: u64,
    },
    /// No event after a position matches a query.
    NoneMatch {
        /// The query, in the tenant of the commit: [`Query::in_tenant`] names it, also the default one,
        /// which is the empty text.
        query: Query,
        /// The position.
        after: Position,
    },
}
