//! The sequential model of a store: its answer to each request, and the events stored then.

use eventsource_core::{Position, Revision};

use super::checker::Model;
use super::client::id;

/// A request of a client. Streams and commits are identified by numbers.
#[derive(Clone, Debug)]
pub enum Request {
    /// Appends a commit.
    Append(Append),
    /// Reads all events of a stream.
    ReadStream(usize),
    /// Reads all events since the history began.
    ReadAll,
    /// Reads the last position.
    Head,
    /// Reads the receipt of a commit, by the stream of its first event.
    Receipt {
        /// The stream.
        first: usize,
        /// The commit.
        commit: u64,
    },
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Append {
    /// Its id.
    pub commit: u64,
    /// A number that differs between two commits with the same id and other content.
    pub content: u64,
    /// The stream of each event.
    pub events: Vec<usize>,
    /// The expected revisions of streams.
    pub expect: Vec<(usize, Revision)>,
}

/// An answer of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The commit is stored.
    Stored(Stored),
    /// A stream is not at the expected revision.
    Conflict {
        /// The stream.
        stream: usize,
        /// Its revision.
        actual: Revision,
        /// The events after the expected revision.
        missed: Vec<ReadEvent>,
    },
    /// Another commit is stored under this id.
    Reused,
    /// The store failed, and nothing is stored.
    Failed,
    /// Events, and the position up to which they are complete.
    Events(Vec<ReadEvent>, Option<Position>),
    /// The last position.
    Head(Position),
    /// The receipt, if the commit is stored.
    Receipt(Option<Stored>),
}

/// The place of a stored commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event.
    pub last: Position,
    /// The revisions of its streams after it, in the order in which it first wrote them.
    pub revisions: Vec<(usize, Revision)>,
    /// Whether it had been stored before.
    pub repeated: bool,
}

/// An event that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReadEvent {
    /// Its stream.
    pub stream: usize,
    /// Its version in the stream and its position in the store.
    pub revision: Revision,
    /// Its commit.
    pub commit: u64,
    /// The content of the commit.
    pub content: u64,
}

/// A request with its answer, if one came.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The request.
    pub request: Request,
    /// The answer.
    pub answer: Option<Answer>,
}

/// All events since the history began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    start: Position,
    events: Vec<ReadEvent>,
}

impl Log {
    /// The empty log of a store with this head.
    #[must_use]
    pub fn new(start: Position) -> Self {
        Self {
            start,
            events: Vec::new(),
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::Append(append) => self.append(append),
            Request::ReadStream(stream) => Answer::Events(self.after(*stream, 0), None),
            Request::ReadAll => Answer::Events(self.events.clone(), Some(self.head())),
            Request::Head => Answer::Head(self.head()),
            Request::Receipt { first, commit } => Answer::Receipt(self.stored(*first, *commit)),
        }
    }

    fn append(&mut self, append: &Append) -> Answer {
        let first = append.events[0];
        if let Some(stored) = self.stored(first, append.commit) {
            let is_same = |event: &ReadEvent| {
                event.commit == append.commit && event.content == append.content
            };
            if self.events.iter().any(is_same) {
                return Answer::Stored(Stored {
                    repeated: true,
                    ..stored
                });
            }
            return Answer::Reused;
        }
        for &(stream, expected) in &append.expect {
            let actual = self.revision(stream);
            if actual != expected {
                let missed = self.after(stream, expected.version());
                return Answer::Conflict {
                    stream,
                    actual,
                    missed,
                };
            }
        }
        append
            .events
            .iter()
            .for_each(|&stream| self.push(stream, append));
        Answer::Stored(
            self.stored(first, append.commit)
                .expect("it was just stored"),
        )
    }

    fn push(&mut self, stream: usize, append: &Append) {
        let version = self.revision(stream).version() + 1;
        let position = Position::new(self.head().offset().get() + 1);
        self.events.push(ReadEvent {
            stream,
            revision: Revision::new(version, position, id(append.commit)),
            commit: append.commit,
            content: append.content,
        });
    }

    fn stored(&self, first: usize, commit: u64) -> Option<Stored> {
        let events = || self.events.iter().filter(|event| event.commit == commit);
        if events().next()?.stream != first {
            return None;
        }
        let mut revisions: Vec<(usize, Revision)> = Vec::new();
        for event in events() {
            match revisions
                .iter_mut()
                .find(|(stream, _)| *stream == event.stream)
            {
                Some((_, revision)) => *revision = event.revision,
                None => revisions.push((event.stream, event.revision)),
            }
        }
        let position = |event: &ReadEvent| event.revision.position();
        Some(Stored {
            first: events().next().map(position)?,
            last: events().next_back().map(position)?,
            revisions,
            repeated: false,
        })
    }

    fn after(&self, stream: usize, version: u64) -> Vec<ReadEvent> {
        let later =
            |event: &&ReadEvent| event.stream == stream && event.revision.version() > version;
        self.events.iter().filter(later).cloned().collect()
    }

    fn revision(&self, stream: usize) -> Revision {
        let last = self.events.iter().rfind(|event| event.stream == stream);
        last.map_or(Revision::NONE, |event| event.revision)
    }

    fn head(&self) -> Position {
        let last = self.events.last();
        last.map_or(self.start, |event| event.revision.position())
    }
}

impl Model for Log {
    type Operation = Operation;

    fn step(&self, operation: &Operation) -> Option<Self> {
        if operation.answer == Some(Answer::Failed) {
            return Some(self.clone());
        }
        let mut next = self.clone();
        let answer = next.answer(&operation.request);
        match &operation.answer {
            Some(given) => (*given == answer).then_some(next),
            None => (next != *self).then_some(next),
        }
    }
}
