//! Conflicts over streams.

use crate::store::{AppendError, Conflict, Expect, Page, ReadStream, Revision};

/// A conflict has at most this many missed events, and the rest of their last commit.
pub(super) const MISSED: usize = 256;

/// A stream that is not at the expected revision: the store reads the events that the commit has missed.
///
/// ```
/// # use eventsource_core::engine::{Decider, Decision, NewCommit, StreamState};
/// # use eventsource_core::store::{Commit, CommitTime, Expect, Limits, NewEvent, Page};
/// # use eventsource_core::{AppendError, Codec, Position, Revision, StreamId, Timestamp, uuid::Uuid};
/// # let cart = StreamId::new("cart", Uuid::nil());
/// # let event = NewEvent::new(cart.clone(), "opened", 1, Codec::Json, b"{}".to_vec());
/// # let commit = Commit::new(Uuid::nil(), vec![event]).may_repeat(true);
/// # let commit = commit.expect(Expect::NoStream(cart.clone()));
/// # let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
/// # let mut decider = Decider::new(Position::new(9));
/// # let revision = Revision::new(2, Position::new(9), Uuid::max());
/// # decider.know_stream(&cart, Some(StreamState { revision, recorded_at: Timestamp::default(), row: () }));
/// # decider.know_commit(&cart, Uuid::nil(), None);
/// // The commit expects that the stream does not exist.
/// let Decision::Missed(missed) = decider.decide(&new) else { panic!() };
/// assert_eq!((&missed.read().stream, missed.read().max_events), (&cart, 256));
/// # let page = Page::default();
/// let error = missed.conflict(page); // with the page that was read
/// assert!(matches!(error, AppendError::Conflict(conflict) if conflict.actual == Some(revision)));
/// # Ok::<(), AppendError>(())
/// ```
#[derive(Debug)]
pub struct MissedEvents<'g> {
    expect: &'g Expect,
    actual: Revision,
    read: ReadStream,
}

impl<'g> MissedEvents<'g> {
    /// A conflict of a commit with this expectation, which has missed the events of `read`.
    pub(super) fn new(expect: &'g Expect, actual: Revision, read: ReadStream) -> Self {
        let read = read.limit(MISSED).with_metadata();
        Self {
            expect,
            actual,
            read,
        }
    }

    /// The read of the missed events. It has to see the plans that were accepted before.
    #[must_use]
    pub fn read(&self) -> &ReadStream {
        &self.read
    }

    /// The conflict with which the store answers the commit.
    #[must_use]
    pub fn conflict(self, missed: Page) -> AppendError {
        Conflict::new(self.expect.clone(), Some(self.actual), missed).into()
    }
}
