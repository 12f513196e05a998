//! A store with one client: what each request is answered, and what is then stored.

use eventsource_core::{Position, Revision};

use super::checker::Model;
use super::client::id;

/// What a client asks. Streams and commits go by number.
#[derive(Clone, Debug)]
pub enum Request {
    /// To store a commit.
    Append(Append),
    /// All events of a stream.
    ReadStream(usize),
    /// All events since the history began.
    ReadAll,
    /// The last position.
    Head,
    /// The receipt of a commit, by the stream of its first event.
    Receipt {
        /// That stream.
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
    /// What tells its content from that of another commit under its id.
    pub content: u64,
    /// To which stream each event goes.
    pub events: Vec<usize>,
    /// Where streams have to stand.
    pub expect: Vec<(usize, Revision)>,
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The commit is stored.
    Stored(Stored),
    /// A stream does not stand where it has to.
    Conflict {
        /// The stream.
        stream: usize,
        /// Where it stands.
        actual: Revision,
        /// What happened since.
        missed: Vec<Seen>,
    },
    /// Another commit is stored under this id.
    Reused,
    /// The store failed, and nothing is stored.
    Failed,
    /// Events, and up to which position they are all.
    Events(Vec<Seen>, Option<Position>),
    /// The last position.
    Head(Position),
    /// The receipt, if the commit is stored.
    Receipt(Option<Stored>),
}

/// Where a commit is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// From where.
    pub first: Position,
    /// To where.
    pub last: Position,
    /// Where its streams stand after it, in the order in which it first wrote them.
    pub revisions: Vec<(usize, Revision)>,
    /// Whether it had been stored before.
    pub repeated: bool,
}

/// An event that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Its stream.
    pub stream: usize,
    /// Where in the stream, and where in the store.
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
    events: Vec<Seen>,
}

impl Log {
    /// Nothing, in a store with this head.
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
            let is_same =
                |event: &Seen| event.commit == append.commit && event.content == append.content;
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
        self.events.push(Seen {
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
        let position = |event: &Seen| event.revision.position();
        Some(Stored {
            first: events().next().map(position)?,
            last: events().next_back().map(position)?,
            revisions,
            repeated: false,
        })
    }

    fn after(&self, stream: usize, version: u64) -> Vec<Seen> {
        let later = |event: &&Seen| event.stream == stream && event.revision.version() > version;
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
