//! The one thread that writes.

use std::mem::take;
use std::sync::Arc;
use std::thread;

use eventsource_core::{AppendError, Environment, Receipt, Snapshot, StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::append::Prepared;
use crate::fault::Fault;
use crate::group::{Failed, write};
use crate::shared::Shared;

/// How many requests wait before their callers do.
const WAITING: usize = 1024;
/// A transaction takes no further request once it has so many events or bytes.
const GROUP_EVENTS: usize = 4096;
const GROUP_BYTES: usize = 8 * 1024 * 1024;

pub(crate) type Answer = Result<Vec<Receipt>, AppendError>;

/// Commits that are stored all or none.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) commits: Vec<Prepared>,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
enum Message {
    Store(Request),
    Keep(Snapshot, oneshot::Sender<()>),
    Close,
}

/// The way to the thread. It ends when the last of these is gone.
#[derive(Debug)]
pub(crate) struct Writer {
    inbox: mpsc::Sender<Message>,
    /// Its sender is dropped when the thread has ended.
    ended: watch::Receiver<()>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        environment: Box<dyn Environment>,
        shared: Arc<Shared>,
    ) -> Result<Self, Fault> {
        let (inbox, requests) = mpsc::channel(WAITING);
        let (alive, ended) = watch::channel(());
        let at_work = AtWork {
            connection,
            environment,
            requests,
            snapshots: Vec::new(),
            kept: Vec::new(),
            shared: Arc::clone(&shared),
        };
        let name = "eventsource-sqlite writer".to_owned();
        let run = move || {
            at_work.run();
            drop(alive);
        };
        thread::Builder::new()
            .name(name)
            .spawn(run)
            .map_err(|error| no_thread(&error))?;
        Ok(Self {
            inbox,
            ended,
            shared,
        })
    }

    /// Stores commits all or none. If this is dropped while it waits for its turn, none is.
    pub(crate) async fn store(&self, commits: Vec<Prepared>) -> Answer {
        let Some(first) = commits.first() else {
            return Ok(Vec::new());
        };
        let commit_id = first.commit().id;
        let (answer, answered) = oneshot::channel();
        let request = Message::Store(Request { commits, answer });
        self.inbox
            .send(request)
            .await
            .map_err(|_| self.shared.closed())?;
        let lost = |_| AppendError::Unknown {
            commit_id,
            source: self.thread_died(),
        };
        answered.await.map_err(lost)?
    }

    /// Keeps a snapshot, in the transaction of whatever else is stored. What goes wrong with that
    /// is not told: a snapshot that is not there is folded around.
    pub(crate) async fn keep(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let (kept, answer) = oneshot::channel();
        let keep = Message::Keep(snapshot, kept);
        self.inbox
            .send(keep)
            .await
            .map_err(|_| self.shared.closed())?;
        answer.await.map_err(|_| {
            let fault = Fault::new(StoreErrorKind::Unavailable, "the snapshot was not kept");
            self.shared.error(fault)
        })
    }

    /// Answers everything that was accepted, and takes nothing more.
    pub(crate) async fn close(&self) {
        let _ = self.inbox.send(Message::Close).await;
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    fn thread_died(&self) -> StoreError {
        let message = "the thread that writes has died; reopen the store";
        self.shared.error(Fault::new(StoreErrorKind::Io, message))
    }
}

fn no_thread(error: &std::io::Error) -> Fault {
    Fault::new(
        StoreErrorKind::Unavailable,
        format!("no thread could be started: {error}"),
    )
}

struct AtWork {
    connection: Connection,
    environment: Box<dyn Environment>,
    requests: mpsc::Receiver<Message>,
    /// To be kept with the next group, and who is to be told.
    snapshots: Vec<Snapshot>,
    kept: Vec<oneshot::Sender<()>>,
    shared: Arc<Shared>,
}

impl AtWork {
    fn run(mut self) {
        while let Some(message) = self.requests.blocking_recv() {
            let group = self.gather(message);
            if !group.is_empty() || !self.snapshots.is_empty() {
                self.serve(group);
            }
        }
        // What is acknowledged is durable without it; it only makes the next start quicker. It
        // waits for nobody, and the last connection to be closed does the rest.
        let _ = self
            .connection
            .pragma_query(None, "wal_checkpoint(PASSIVE)", |_| Ok(()));
    }

    /// The request, and all that came while the last group was written.
    fn gather(&mut self, first: Message) -> Vec<Request> {
        let (mut group, mut events, mut bytes) = (Vec::new(), 0, 0);
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Close => self.requests.close(),
                Message::Keep(snapshot, kept) => {
                    bytes += snapshot.state.len();
                    self.snapshots.push(snapshot);
                    self.kept.push(kept);
                }
                Message::Store(request) => {
                    let size = request.size();
                    (events, bytes) = (events + size.0, bytes + size.1);
                    group.push(request);
                }
            }
            if events >= GROUP_EVENTS || bytes >= GROUP_BYTES {
                break;
            }
            next = self.requests.try_recv().ok();
        }
        group
    }

    fn serve(&mut self, mut group: Vec<Request>) {
        match self.write(&group) {
            Ok(answers) => {
                let answered = group.into_iter().zip(answers);
                answered.for_each(|(request, answer)| request.answer(answer));
            }
            Err(Failed::Undone(_) | Failed::Refused(_)) if group.len() > 1 => {
                self.serve_alone(group);
            }
            Err(Failed::Refused(refusal)) => {
                if let Some(request) = group.pop() {
                    request.answer(Err(refusal));
                }
            }
            Err(Failed::NotBegun(fault) | Failed::Undone(fault)) => self.fail(group, &fault),
            Err(Failed::InDoubt(fault)) => self.give_up(group, &fault),
        }
    }

    fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>, Failed> {
        self.shared.check().map_err(Failed::NotBegun)?;
        let (snapshots, kept) = (take(&mut self.snapshots), take(&mut self.kept));
        let now = self.environment.now();
        let (answers, head) = write(&mut self.connection, now, group, &snapshots)?;
        self.shared.moved_to(head);
        for kept in kept {
            let _ = kept.send(());
        }
        Ok(answers)
    }

    /// Each in a transaction of its own, so that one does not hurt its neighbours.
    fn serve_alone(&mut self, group: Vec<Request>) {
        for request in group {
            self.serve(vec![request]);
        }
    }

    fn fail(&self, group: Vec<Request>, fault: &Fault) {
        for request in group {
            request.answer(Err(self.shared.error(fault.clone()).into()));
        }
    }

    fn give_up(&self, group: Vec<Request>, fault: &Fault) {
        self.shared.fail(fault);
        for request in group {
            let commit_id = request.commits[0].commit().id;
            let source = self.shared.error(fault.clone());
            request.answer(Err(AppendError::Unknown { commit_id, source }));
        }
    }
}

impl Request {
    /// How many events and bytes.
    fn size(&self) -> (usize, usize) {
        let events = self
            .commits
            .iter()
            .flat_map(|prepared| &prepared.commit().events);
        events.fold((0, 0), |(count, bytes), event| {
            (count + 1, bytes + event.payload.len())
        })
    }

    /// Nobody may be waiting any more.
    fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use eventsource_core::uuid::Uuid;
    use eventsource_core::{
        Codec, Commit, NewEvent, Position, StoreErrorKind, StreamId, SystemEnvironment,
    };

    use super::*;
    use crate::{connection, schema};

    /// How many pages a file may have belongs to the connection, so it cannot be set from outside.
    #[tokio::test]
    async fn a_commit_that_finds_no_room_is_not_stored_and_a_smaller_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = connection::writer(&path).unwrap();
        schema::migrate(&mut connection, &SystemEnvironment).unwrap();
        let pages: i64 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages + 3)
            .unwrap();
        let shared = Arc::new(Shared::new(path, Position::START));
        let writer = Writer::start(connection, Box::new(SystemEnvironment), shared).unwrap();

        match writer.store(vec![commit(100_000)]).await.unwrap_err() {
            AppendError::Store(error) => assert_eq!(error.kind(), StoreErrorKind::Full, "{error}"),
            error => panic!("{error}"),
        }
        let receipts = writer.store(vec![commit(10)]).await.unwrap();
        assert_eq!(receipts[0].first, Position::new(1));
    }

    fn commit(bytes: usize) -> Prepared {
        let cart = StreamId::new("cart", Uuid::now_v7());
        let event = NewEvent::new(cart, "noted", 1, Codec::Json, vec![b'1'; bytes]);
        Prepared::new(Commit::new(Uuid::now_v7(), vec![event])).unwrap()
    }
}
