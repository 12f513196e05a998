//! A store behind connections: a server appends under one lock, and goes on when a client is gone.

use std::sync::{Arc, Mutex};

use eventsource_conformance::store::TestBed;
use eventsource_conformance::{Gate, Hold, forward};
use eventsource_core::store::{
    BoxFuture, Commit, Fingerprint, ImportError, Imported, Snapshot, SnapshotStore, StoreError,
    StoreErrorKind,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, MemoryStore, ReadError, Receipt, Store, StreamId,
    StreamStore,
};
use tokio::sync::{OwnedMutexGuard, oneshot, watch};
use uuid::Uuid;

use crate::expectations::{check_all, is_guard, is_of_stream, is_stored, without};
use crate::faulty::sibling;
use crate::locks::BETWEEN;

/// The fault of a client of the server.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ServerFault {
    None,
    /// A client whose connection broke asks for the receipt, and takes none for "not stored".
    SettledByRead,
    /// The statement that takes the lock, and so the position, has read its rows before.
    RowsBeforeLock,
    /// The same for the rows that a guard goes by.
    GuardBeforeLock,
    /// The id is looked up before the lock is taken.
    IdBeforeLock,
    /// The server stops in the middle of the events when it finds its client gone.
    StopsWithClient,
    /// Readers see a commit before the sync that makes it durable.
    ReadBeforeSync,
    /// A connection that was cut is not made anew.
    StaysCut,
    /// A statement fails, and the answer of COMMIT, which rolls back, is taken for a success.
    CommitBelieved,
}

pub(crate) struct ServerBed {
    right: MemoryStore,
    lock: Arc<tokio::sync::Mutex<()>>,
    fault: ServerFault,
}

impl ServerBed {
    pub(crate) fn new(fault: ServerFault) -> Self {
        Self {
            right: MemoryStore::new(),
            lock: Arc::default(),
            fault,
        }
    }
}

impl TestBed for ServerBed {
    type Store = Client;

    async fn open(&self, environment: Arc<dyn Environment>) -> Client {
        Client {
            right: self.right.reopened_in(environment),
            lock: Arc::clone(&self.lock),
            fault: self.fault,
            gate: Mutex::default(),
            connection: watch::Sender::new(false),
        }
    }

    fn hold(&self, store: &Client) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        *store.gate.lock().unwrap() = Some(gate);
        Some(hold)
    }

    fn cut(&self, store: &Client) -> bool {
        store.connection.send_replace(true);
        true
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        sibling(stream)
    }
}

/// A handle with its connection.
pub(crate) struct Client {
    right: MemoryStore,
    lock: Arc<tokio::sync::Mutex<()>>,
    fault: ServerFault,
    gate: Mutex<Option<Gate>>,
    /// Whether the connection was cut; wakes the caller that waits for an answer.
    connection: watch::Sender<bool>,
}

type Answer = Result<Receipt, AppendError>;

impl Client {
    async fn send(&self, commit: Commit) -> Answer {
        if self.fault == ServerFault::StaysCut && *self.connection.borrow() {
            return Err(lost().into());
        }
        let mut connection = self.connection.subscribe();
        let answered = self.start(commit.clone());
        tokio::select! {
            answer = answered => answer,
            _ = connection.changed() => self.settle(commit).await,
        }
    }

    /// Has the server append. It goes on if this is dropped once it has the lock.
    async fn start(&self, commit: Commit) -> Answer {
        self.right.limits().check(&commit)?;
        let known = is_stored(&self.right, &commit).await?;
        let checked = match self.fault {
            ServerFault::RowsBeforeLock | ServerFault::CommitBelieved if !known => {
                let of_streams = without(commit.clone(), |it| !is_of_stream(it)).expectations;
                Some(check_all(&self.right, &of_streams).await)
            }
            ServerFault::GuardBeforeLock if !known => {
                let guards = without(commit.clone(), |it| !is_guard(it)).expectations;
                Some(check_all(&self.right, &guards).await)
            }
            _ => None,
        };
        let lock = Arc::clone(&self.lock).lock_owned().await;
        let server = Server {
            right: self.right.clone(),
            fault: self.fault,
            known,
            gate: self.gate.lock().unwrap().take(),
            _lock: lock,
        };
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            let answer = server.append(commit, checked, &sender).await;
            let _ = sender.send(answer);
        });
        receiver.await.expect("the server answers")
    }

    /// The connection is gone, and the append may still be on its way.
    async fn settle(&self, commit: Commit) -> Answer {
        if self.fault != ServerFault::SettledByRead {
            // Behind the one that is on its way, which then is found under its id.
            return self.start(commit.may_repeat(true)).await;
        }
        let first = commit.events[0].stream.clone();
        let stored = self.right.receipt(first, commit.id).await?;
        stored.ok_or_else(|| lost().into())
    }
}

fn lost() -> StoreError {
    let message = "the connection was lost, and the commit is not stored";
    StoreError::new(StoreErrorKind::Unavailable, message)
}

/// An append that has the lock.
struct Server {
    right: MemoryStore,
    fault: ServerFault,
    /// Whether the commit was stored before the lock was taken.
    known: bool,
    gate: Option<Gate>,
    _lock: OwnedMutexGuard<()>,
}

impl Server {
    async fn append(
        self,
        mut commit: Commit,
        checked: Option<Result<(), AppendError>>,
        client: &oneshot::Sender<Answer>,
    ) -> Answer {
        if self.fault == ServerFault::ReadBeforeSync {
            return self.append_then_sync(commit).await;
        }
        if let Some(gate) = self.gate {
            gate.pass().await;
            if self.fault == ServerFault::StopsWithClient && client.is_closed() {
                commit.events.truncate(1);
            }
        } else if self.takes_time(&commit, checked.is_some()) {
            tokio::time::sleep(BETWEEN).await;
        }
        let is_found_late = !self.known && is_stored(&self.right, &commit).await?;
        match (self.fault, checked) {
            (ServerFault::IdBeforeLock, _) if is_found_late => {
                commit.id = Uuid::now_v7();
                self.right.append(commit).await
            }
            (ServerFault::RowsBeforeLock, Some(Ok(()))) => {
                self.right.append(without(commit, is_of_stream)).await
            }
            (ServerFault::CommitBelieved, Some(Ok(()))) => believed(&self.right, commit).await,
            (ServerFault::GuardBeforeLock, Some(Ok(()))) => {
                self.right.append(without(commit, is_guard)).await
            }
            // Whatever did not hold before does not hold now, or has been refused before the lock.
            _ => self.right.append(commit).await,
        }
    }
}

impl Server {
    async fn append_then_sync(self, commit: Commit) -> Answer {
        let answer = self.right.append(commit).await;
        if let Some(gate) = self.gate {
            gate.pass().await;
        }
        answer
    }

    /// Whether to yield, so that other requests come in between and the fault shows.
    fn takes_time(&self, commit: &Commit, is_checked: bool) -> bool {
        let is_found_late = self.fault == ServerFault::IdBeforeLock && commit.events.len() == 2;
        is_found_late || is_checked && !commit.expectations.is_empty()
    }
}

/// A receipt also where the rows were refused, made of what the client meant to write.
async fn believed(right: &MemoryStore, commit: Commit) -> Answer {
    let answer = right.append(commit.clone()).await;
    let Err(AppendError::Conflict(conflict)) = &answer else {
        return answer;
    };
    if !is_of_stream(&conflict.expected) {
        return answer;
    }
    let other = MemoryStore::new();
    other.append(without(commit, |_| true)).await
}

impl Store for Client {
    forward!(self => self.right; id, environment, limits, capabilities, now);
}

impl StreamStore for Client {
    forward!(self => self.right; receipt, read_stream, root_ids);

    fn append(&self, commit: Commit) -> BoxFuture<'_, Answer> {
        Box::pin(self.send(commit))
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let _lock = self.lock.lock().await;
            self.right.import(commits).await
        })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for Client {
    forward!(self => self.right; log_id, read, head, watch);
}

impl EventStore for Client {}

impl SnapshotStore for Client {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.right.newest(stream, fingerprint)
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.right.keep(snapshot)
    }
}
