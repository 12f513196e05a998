//! One thread that writes what came while it wrote.

mod statements;

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use eventsource_core::Tag;
use rusqlite::Connection;
use tokio::sync::oneshot;

pub(crate) use super::commit::{Commit, NewEvent, Part, Standing};
use super::digest::digest;
pub(crate) use super::snapshot::Snapshot;
use crate::Result;
use statements::Statements;

const GROUP: usize = 4096;

/// The place of the end of the first stream of a commit after it; `None` if an expectation of the
/// commit did not hold.
pub(crate) type Answer = Option<Standing>;

/// A commit with all that is computed before the writer takes it.
struct Store {
    commit: Commit,
    digest: [u8; 32],
    /// Of each event of each stream.
    tags: Vec<Tags>,
}

/// The tags of an event as they are stored: as JSON, and the hashes of the index.
#[derive(Default)]
struct Tags {
    json: Option<String>,
    hashes: Vec<i64>,
}

impl Tags {
    fn of(event: &NewEvent) -> Result<Self> {
        if event.tags.is_empty() {
            return Ok(Self::default());
        }
        let texts: Vec<&str> = event.tags.iter().map(Tag::as_str).collect();
        Ok(Self {
            json: Some(serde_json::to_string(&texts)?),
            hashes: event.tags.iter().map(hash).collect(),
        })
    }
}

fn hash(tag: &Tag) -> i64 {
    tag.hash64().cast_signed()
}

enum Request {
    Store(Box<Store>, oneshot::Sender<Answer>),
    Keep(Snapshot, oneshot::Sender<()>),
}

/// The way to the thread.
pub(crate) struct Writer {
    inbox: mpsc::Sender<Request>,
    thread: JoinHandle<Result<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection) -> Self {
        let (inbox, requests) = mpsc::channel();
        let thread = thread::spawn(move || run(&connection, &requests));
        Self { inbox, thread }
    }

    /// Stores a commit whose expectations hold.
    pub(crate) async fn append(&self, commit: Commit) -> Result<Standing> {
        self.try_append(commit).await?.ok_or("a conflict".into())
    }

    /// Stores a commit if its expectations hold.
    pub(crate) async fn try_append(&self, commit: Commit) -> Result<Answer> {
        let (answer, answered) = oneshot::channel();
        let digest = digest(&commit);
        let events = commit.streams.iter().flat_map(|part| &part.events);
        let tags = events.map(Tags::of).collect::<Result<_>>()?;
        let store = Box::new(Store {
            commit,
            digest,
            tags,
        });
        self.send(Request::Store(store, answer))?;
        Ok(answered.await?)
    }

    /// Keeps a snapshot.
    pub(crate) async fn keep(&self, snapshot: Snapshot) -> Result<()> {
        let (kept, answered) = oneshot::channel();
        self.send(Request::Keep(snapshot, kept))?;
        Ok(answered.await?)
    }

    fn send(&self, request: Request) -> Result<()> {
        let sent = self.inbox.send(request);
        sent.map_err(|_| "the writer has died".into())
    }

    /// Waits for the thread.
    pub(crate) fn close(self) -> Result<()> {
        drop(self.inbox);
        self.thread.join().map_err(|_| "the writer panicked")?
    }
}

fn run(connection: &Connection, requests: &mpsc::Receiver<Request>) -> Result<()> {
    let mut statements = Statements::prepare(connection)?;
    while let Ok(first) = requests.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = requests.try_recv()
        {
            group.push(next);
        }
        let answers = statements.write(&group)?;
        for (request, answer) in group.into_iter().zip(answers) {
            // Who asked may be gone.
            let _ = match request {
                Request::Store(_, tell) => tell.send(answer).is_ok(),
                Request::Keep(_, tell) => tell.send(()).is_ok(),
            };
        }
    }
    Ok(())
}
