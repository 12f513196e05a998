//! Commits to be appended, and their expectations.

use uuid::Uuid;

use super::new_event::NewEvent;
use super::query::Query;
use super::revision::Revision;
use crate::values::{Metadata, Position, StreamId};

/// Events that are stored all or none, in this order, if every expectation holds. The events and the
/// expectations are within one tenant.
///
/// A [`Repository`](crate::Repository) makes commits of decisions. Code that handles raw events makes
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
#[doc(alias("changeset", "transaction"))]
pub struct Commit {
    /// The id, unique within the stream of the first event. The same commit is stored once.
    pub id: Uuid,
    /// The expectations that have to hold. A stream without an expectation may be at any version. An
    /// expected stream need not be written.
    pub expectations: Vec<Expect>,
    /// The events, at least one.
    pub events: Vec<NewEvent>,
    /// The metadata.
    pub metadata: Metadata,
    /// Whether a commit may be stored under this id already. See [`Commit::may_repeat`].
    pub may_be_stored: bool,
}

impl Commit {
    /// Creates a commit without expectations.
    #[must_use]
    pub fn new(id: Uuid, events: Vec<NewEvent>) -> Self {
        Self {
            id,
            expectations: Vec::new(),
            events,
            metadata: Metadata::default(),
            may_be_stored: true,
        }
    }

    /// Adds an expectation.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expectations.push(expect);
        self
    }

    /// Sets the metadata.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets whether a commit may be stored under this id already (default `true`). With `false`, a store
    /// may skip the look-up of the id until an expectation fails.
    ///
    /// With `false`, the caller promises that the id was created for this commit and was never sent to the
    /// store before. So a commit that is sent again, after any result or none, is sent with `true`. If the
    /// promise is broken and an expectation fails, the store still returns the receipt of the stored commit,
    /// or [`AppendError::CommitIdReused`](crate::AppendError::CommitIdReused). If no expectation fails, the
    /// store may store the commit again or return an error.
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
        self.may_be_stored = may_repeat;
        self
    }
}

/// A condition under which a commit is stored. A store that does not support it returns
/// [`Unsupported`](crate::store::StoreErrorKind::Unsupported).
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias(
    "append condition",
    "DCB",
    "dynamic consistency boundary",
    "expected version",
    "optimistic concurrency",
    "optimistic lock"
))]
pub enum Expect {
    /// The stream has no events.
    NoStream(StreamId),
    /// The stream's last event is the one at this revision.
    At {
        /// The stream.
        stream: StreamId,
        /// The expected revision; [`Revision::NONE`] means the same as [`Expect::NoStream`].
        revision: Revision,
    },
    /// The stream has this many events, at any positions. This is for copies of another store, which has
    /// other positions. A decision expects a revision; see [`Expect::At`].
    AtVersion {
        /// The stream.
        stream: StreamId,
        /// The expected number of events.
        version: u64,
    },
    /// The stream's last event is in this commit, and the stream has this many events. So a commit can
    /// follow one that is not acknowledged yet, whose position is not known. It is stored only if that one
    /// is stored, and no other commit is between them.
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
        /// The id of the commit. Its first event is in this stream.
        commit: Uuid,
        /// The expected number of events.
        version: u64,
    },
    /// No event after a position matches a query.
    NoneMatch {
        /// The query, in the tenant of the commit. Set it by [`Query::in_tenant`]; the default tenant is the
        /// empty text.
        query: Query,
        /// The position.
        after: Position,
    },
}
