//! The look-ups of a store for a decision.

use uuid::Uuid;

use super::missed::MISSED;
use crate::store::{Expect, Horizon, Page, Query, ReadError, ReadLog};
use crate::values::{Position, StreamId};

/// A look-up that a store makes in the transaction in which it appends. The look-up has to see the plans
/// that were [accepted](super::Decider::accept) before, so a store that has not written them yet writes
/// them first.
///
/// ```
/// use eventsource_core::engine::{Decider, Decision, Lookup, NewCommit};
/// use eventsource_core::store::{Commit, CommitTime, Limits, NewEvent, PageBuilder};
/// use eventsource_core::{Codec, Horizon, Position, StreamId, Timestamp, uuid::Uuid};
///
/// /// The answer of a store without events.
/// fn answer<'g>(decider: &mut Decider<'g, ()>, lookup: Lookup<'g>) {
///     match lookup {
///         Lookup::Stream(stream) => decider.know_stream(stream, None),
///         Lookup::Commit { first, id } => decider.know_commit(first, id, None),
///         Lookup::Guard(guard) => {
///             decider.know_guard(guard, PageBuilder::new().finish(Horizon::START, true));
///         }
///     }
/// }
///
/// # let cart = StreamId::new("cart", Uuid::nil());
/// # let event = NewEvent::new(cart, "opened", 1, Codec::Json, b"{}".to_vec());
/// # let commit = Commit::new(Uuid::nil(), vec![event]);
/// let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
/// let mut decider = Decider::new(Position::START);
/// let plan = loop {
///     match decider.decide(&new) {
///         Decision::Needs(lookups) => lookups.into_iter().for_each(|it| answer(&mut decider, it)),
///         Decision::Store(plan) => break plan,
///         _ => panic!("nothing refuses it"),
///     }
/// };
/// assert_eq!(plan.header.first, Position::new(1));
/// # Ok::<(), eventsource_core::AppendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store has to answer each of them"
)]
pub enum Lookup<'g> {
    /// The stream, answered by [`know_stream`](super::Decider::know_stream).
    Stream(&'g StreamId),
    /// The commit under an id whose first event went to a stream, answered by
    /// [`know_commit`](super::Decider::know_commit).
    Commit {
        /// The stream.
        first: &'g StreamId,
        /// The id.
        id: Uuid,
    },
    /// The events that match a guard, answered by [`know_guard`](super::Decider::know_guard).
    Guard(Guard<'g>),
}

/// A query that no event after a position may match.
///
/// ```
/// use eventsource_core::engine::{Decider, Decision, Lookup, NewCommit};
/// use eventsource_core::store::{Commit, CommitTime, Expect, Limits, NewEvent};
/// use eventsource_core::{Codec, Filter, Position, Query, StreamId, Timestamp, uuid::Uuid};
///
/// let query = Query::from(Filter::new().category("cart")).in_tenant("");
/// let event = NewEvent::new(StreamId::new("cart", Uuid::nil()), "opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::nil(), vec![event]).may_repeat(false).expect(Expect::NoneMatch {
///     query: query.clone(),
///     after: Position::new(7),
/// });
/// let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
/// let mut decider = Decider::new(Position::new(9));
/// # decider.know_stream(&new.commit.events[0].stream, None::<eventsource_core::engine::StreamState<()>>);
/// let Decision::Needs(lookups) = decider.decide(&new) else { panic!() };
/// let [Lookup::Guard(guard)] = lookups[..] else { panic!() };
/// assert_eq!(guard.read().query, query);
/// # Ok::<(), eventsource_core::AppendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Guard<'g> {
    /// The query.
    pub query: &'g Query,
    /// The position.
    pub after: Position,
    /// The position up to which no event matches, by the pages that the store has read.
    read: Position,
}

impl<'g> Guard<'g> {
    /// The guard of an expectation, if it is one.
    pub(super) fn of(expect: &'g Expect) -> Option<Self> {
        match expect {
            Expect::NoneMatch { query, after } => Some(Self {
                query,
                after: *after,
                read: *after,
            }),
            _ => None,
        }
    }

    /// The read whose page answers the look-up. A page without a match that is not
    /// [complete](Page::is_complete) answers a part of it, and the decider asks for the rest. A store that
    /// knows in another way that nothing matches answers with an empty page that is complete.
    #[must_use]
    pub fn read(&self) -> ReadLog {
        let after = Horizon::unchecked(self.read);
        ReadLog::new(self.query.clone()).after(after).limit(MISSED)
    }

    /// The guard behind an empty page.
    ///
    /// # Errors
    ///
    /// The page leads backwards, so that the reads would never end.
    pub(super) fn behind(mut self, page: &Page) -> Result<Self, ReadError> {
        page.check_order(Horizon::unchecked(self.read))?;
        self.read = page.through().position();
        Ok(self)
    }
}
