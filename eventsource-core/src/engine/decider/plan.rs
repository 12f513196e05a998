//! The place of a commit in a store.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::KnownStream;
use crate::engine::new_commit::NewCommit;
use crate::store::{AppendError, CommitHeader, NewEvent, Receipt, Revision, StoredEvent};
use crate::values::{Position, StreamId, Timestamp};

/// The writes of a store for a commit: its header, its events, and the revisions of its streams after it.
///
/// ```
/// use eventsource_core::engine::{Decider, NewCommit, PlannedStream};
/// use eventsource_core::store::{Commit, CommitTime, Expect, Limits, NewEvent};
/// use eventsource_core::{Codec, Position, StreamId, Timestamp, uuid::Uuid};
///
/// let cart = StreamId::new("cart", Uuid::nil());
/// let event = NewEvent::new(cart.clone(), "opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::nil(), vec![event]).expect(Expect::NoStream(cart));
/// let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
///
/// let mut decider = Decider::<()>::new(Position::new(9));
/// let plan = decider.assume_new(&new).expect("it only begins a stream");
/// for (event, planned) in plan.events() {
///     let PlannedStream { stream, revision, .. } = &plan.streams[planned.stream];
///     assert_eq!((&event.stream, planned.version), (*stream, revision.version()));
///     assert_eq!(planned.position, Position::new(10));
/// }
/// let receipt = decider.accept(plan);
/// assert_eq!(receipt.first, Position::new(10));
/// # Ok::<(), eventsource_core::AppendError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan<'g, R> {
    /// The commit.
    pub new: &'g NewCommit,
    /// Its header, without the metadata, which the commit has.
    pub header: CommitHeader,
    /// The streams that it writes, in the order in which it first writes them.
    pub streams: Vec<PlannedStream<'g, R>>,
    places: Vec<Place>,
}

/// A stream that a plan writes.
///
/// [Example](crate::engine#example).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedStream<'g, R> {
    /// The name.
    pub stream: &'g StreamId,
    /// The handle of the stream, which the store has returned by a look-up. `None` for a stream that begins
    /// with this commit or with an earlier plan of the group. A store that writes each plan at once sets
    /// it before the plan is [accepted](super::Decider::accept), so that it is in later plans; a stream
    /// that begins may then be looked up again.
    pub row: Option<R>,
    /// The revision before the commit; [`Revision::NONE`] for a stream that begins.
    pub before: Revision,
    /// The revision after the commit.
    pub revision: Revision,
}

/// The place of an event of a plan.
///
/// [Example](crate::engine#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedEvent {
    /// Its stream, as an index of [`Plan::streams`].
    pub stream: usize,
    /// Its version in the stream.
    pub version: u64,
    /// Its position in the log.
    pub position: Position,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    stream: usize,
    version: u64,
}

impl<R> PlannedStream<'_, R> {
    /// Whether the stream begins with this commit.
    #[must_use]
    pub fn begins(&self) -> bool {
        self.before == Revision::NONE
    }
}

impl<'g, R> Plan<'g, R> {
    /// The events of the commit, each with its place.
    #[must_use]
    pub fn events(&self) -> impl ExactSizeIterator<Item = (&'g NewEvent, PlannedEvent)> {
        let (first, log) = (self.header.first.offset().get(), self.header.first.log());
        let events = self.new.commit.events.iter().zip(&self.places);
        events.enumerate().map(move |(index, (event, place))| {
            let planned = PlannedEvent {
                stream: place.stream,
                version: place.version,
                position: Position::new(first + index as u64).in_log(log),
            };
            (event, planned)
        })
    }

    /// The header with the metadata, for rules, which see the events before they have positions.
    #[must_use]
    pub fn unplaced_header(&self) -> Arc<CommitHeader> {
        let metadata = self.new.commit.metadata.clone();
        let mut header = self.header.clone().with_metadata(metadata);
        header.first = Position::START;
        Arc::new(header)
    }

    /// The events as rules see them, with a header of [`unplaced_header`](Self::unplaced_header).
    #[must_use]
    pub fn unplaced_events<'a>(
        &'a self,
        header: &'a Arc<CommitHeader>,
    ) -> impl ExactSizeIterator<Item = StoredEvent<'a>> {
        self.events()
            .map(|(event, planned)| StoredEvent::unplaced(event, planned.version, header))
    }

    pub(super) fn into_receipt(self) -> Receipt {
        let streams = self.streams.iter();
        let revisions = streams.map(|planned| (planned.stream.clone(), planned.revision));
        let header = &self.header;
        Receipt::new(
            header.id,
            revisions.collect(),
            (header.first, header.last()),
            header.events,
            header.recorded_at,
        )
    }
}

/// Gives the events of a commit their places behind the end of the log.
///
/// # Errors
///
/// As [`CommitTime::recorded_at`](crate::store::CommitTime::recorded_at).
pub(super) fn place<'g, 'k, R: Clone + 'k>(
    new: &'g NewCommit,
    head: Position,
    find: impl Fn(&StreamId) -> Option<&'k KnownStream<R>>,
) -> Result<Plan<'g, R>, AppendError> {
    let commit = &new.commit;
    let events = &commit.events;
    let mut placing = Placing {
        streams: Vec::with_capacity(1),
        places: Vec::with_capacity(events.len()),
        recorded_at: Vec::new(),
        find,
    };
    placing.place_all(new, head);
    let Placing {
        streams,
        places,
        recorded_at,
        ..
    } = placing;
    let recorded_at = new.time.recorded_at(commit.id, recorded_at)?;
    let first = Position::new(head.offset().get() + 1).in_log(head.log());
    let count = u32::try_from(events.len()).expect("limits were checked");
    Ok(Plan {
        new,
        header: CommitHeader::new(commit.id, first, count, recorded_at, new.digest),
        streams,
        places,
    })
}

struct Placing<'g, R, F> {
    streams: Vec<PlannedStream<'g, R>>,
    places: Vec<Place>,
    /// The last time of each stream that has events already.
    recorded_at: Vec<(&'g StreamId, Timestamp)>,
    find: F,
}

impl<'g, 'k, R: Clone + 'k, F: Fn(&StreamId) -> Option<&'k KnownStream<R>>> Placing<'g, R, F> {
    fn place_all(&mut self, new: &'g NewCommit, head: Position) {
        let events = &new.commit.events;
        let (mut last, mut index) = (&events[0].stream, 0);
        self.begin(last);
        // Most commits write one stream, and leave the map empty.
        let mut others = HashMap::new();
        for (offset, event) in (head.offset().get() + 1..).zip(events) {
            if event.stream != *last {
                others.insert(last, index);
                last = &event.stream;
                index = match others.get(last) {
                    Some(known) => *known,
                    None => self.begin(last),
                };
            }
            let revision = &mut self.streams[index].revision;
            let version = revision.version() + 1;
            let position = Position::new(offset).in_log(head.log());
            *revision = Revision::new(version, position, new.commit.id);
            self.places.push(Place {
                stream: index,
                version,
            });
        }
    }

    fn begin(&mut self, stream: &'g StreamId) -> usize {
        let known = (self.find)(stream);
        let revision = known.map_or(Revision::NONE, |known| known.revision);
        self.recorded_at
            .extend(known.map(|known| (stream, known.recorded_at)));
        self.streams.push(PlannedStream {
            stream,
            row: known.and_then(|known| known.row.clone()),
            before: revision,
            revision,
        });
        self.streams.len() - 1
    }
}
