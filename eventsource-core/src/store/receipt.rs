//! What a store answers to a commit.

use uuid::Uuid;

use super::horizon::Horizon;
use super::revision::Revision;
use crate::values::{Position, StreamId, Timestamp};

/// That a commit is stored, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The commit's id.
    pub commit_id: Uuid,
    /// Where the streams it wrote stand after it, in the order in which it first wrote them.
    pub revisions: Vec<(StreamId, Revision)>,
    /// How many events were stored; 0 where the decision was that nothing happens.
    pub events: u32,
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event.
    pub last: Position,
    /// When the store recorded it.
    pub recorded_at: Timestamp,
    /// Whether the commit had been stored before, so that nothing was stored this time.
    pub repeated: bool,
}

impl Receipt {
    /// The answer to a commit that was just stored.
    #[must_use]
    pub fn new(
        commit_id: Uuid,
        revisions: Vec<(StreamId, Revision)>,
        (first, last): (Position, Position),
        events: u32,
        recorded_at: Timestamp,
    ) -> Self {
        Self {
            commit_id,
            revisions,
            events,
            first,
            last,
            recorded_at,
            repeated: false,
        }
    }

    /// The answer to the same commit when it comes again.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// The end of the log after the commit, to read on from, and to wait for.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        if self.events == 0 {
            return Horizon::unchecked(self.last);
        }
        Horizon::new(self.last, self.commit_id)
    }

    /// Where the stream of the first event stands after the commit: of a decision on one
    /// aggregate, the aggregate's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revisions
            .first()
            .map_or(Revision::NONE, |(_, revision)| *revision)
    }

    /// Where `stream` stands after the commit, if the commit wrote it.
    #[must_use]
    pub fn revision_of(&self, stream: &StreamId) -> Option<Revision> {
        self.revisions
            .iter()
            .find(|(written, _)| written == stream)
            .map(|(_, revision)| *revision)
    }
}
