//! A transaction that appends.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_core::store::{Commit, StoreError, StoreErrorKind};
use eventsource_core::values::Environment;
use tokio::sync::{MutexGuard, oneshot};
use tokio::time::{sleep, timeout};

use super::connections::{Connection, Connections};
use super::race::unless;
use crate::backend::Answer;
use crate::caller::{Caller, unavailable};
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::process_id::{ProcessId, TaskLane};

/// The time that a client waits for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// The time that a transaction waits for the lock of the log.
const LOCK_LIMIT: Duration = Duration::from_secs(2);
/// The time after which the server ends a transaction without a next request.
const IDLE_LIMIT: Duration = Duration::from_secs(2);
/// At most so long the server does not notice that a client is gone.
const UNNOTICED: u64 = 3_000;

/// A transaction as its client has it. It has two requests: one takes the lock of the log and asks
/// for its end, the other one brings the commits and COMMIT. So nothing of it is stored before it has
/// the lock, however late a request arrives.
pub(super) struct Transaction {
    connection: Connection,
    locked: oneshot::Receiver<Result<Horizon, Failure>>,
    commit: oneshot::Sender<Vec<Commit>>,
    committed: oneshot::Receiver<Result<Vec<Answer>, Failure>>,
}

/// The same transaction at the server.
struct Served {
    client: Caller,
    /// The clock of the server.
    clock: Arc<dyn Environment>,
    locked: oneshot::Sender<Result<Horizon, Failure>>,
    commit: oneshot::Receiver<Vec<Commit>>,
    committed: oneshot::Sender<Result<Vec<Answer>, Failure>>,
}

/// The reason why nothing of a transaction is stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    Unreachable,
    Locked,
    Full,
}

/// The outcome of COMMIT, as the client knows it.
pub(super) enum Outcome {
    Committed(Vec<Answer>),
    RolledBack(Failure),
    InDoubt,
}

impl Transaction {
    /// Sends the first request.
    pub(super) fn begin(
        client: &Caller,
        clock: &Arc<dyn Environment>,
        connections: &Connections,
    ) -> Self {
        let (locked, on_locked) = oneshot::channel();
        let (commit, on_commit) = oneshot::channel();
        let (committed, on_committed) = oneshot::channel();
        let served = Served {
            client: client.clone(),
            clock: Arc::clone(clock),
            locked,
            commit: on_commit,
            committed,
        };
        let mut connection = connections.connect();
        let task = async move {
            unless(connection.broken(), served.serve()).await;
        };
        // It lives on without its client.
        let scheduler = &client.world.scheduler;
        scheduler.spawn(ProcessId::SIMULATION, TaskLane::Store, Box::pin(task));
        Self {
            connection: connections.connect(),
            locked: on_locked,
            commit,
            committed: on_committed,
        }
    }

    /// Waits for the lock of the log, and answers with the end of the log.
    pub(super) async fn lock(&mut self) -> Result<Horizon, Failure> {
        match timeout(ANSWER_LIMIT, &mut self.locked).await {
            Ok(Ok(locked)) => locked,
            Ok(Err(_)) | Err(_) => Err(Failure::Unreachable),
        }
    }

    /// Sends the second request.
    pub(super) async fn commit(self, commits: Vec<Commit>) -> Outcome {
        if self.commit.send(commits).is_err() {
            return Outcome::RolledBack(Failure::Unreachable);
        }
        match timeout(ANSWER_LIMIT, self.committed).await {
            Ok(Ok(Err(failure))) => Outcome::RolledBack(failure),
            Ok(Ok(Ok(answers))) if !self.connection.is_broken() => Outcome::Committed(answers),
            _ => Outcome::InDoubt,
        }
    }
}

/// The fate of the answer to COMMIT.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reply {
    Arrives,
    /// The client waits in vain.
    IsLost,
    /// The connection breaks while COMMIT runs.
    Breaks,
}

impl Served {
    async fn serve(self) {
        let Self {
            client,
            clock,
            locked,
            commit,
            committed,
        } = self;
        let Some(lock) = take_lock(&client, locked).await else {
            return;
        };
        let Some(commits) = commit_request(&client, commit).await else {
            return;
        };
        if client.is_struck(FaultKind::Full, 1) {
            let _ = committed.send(Err(Failure::Full));
            return;
        }
        let reply = Reply::draw(&client);
        let committed = (reply != Reply::Breaks).then_some(committed);
        let answers = store(&client, &clock, commits).await;
        drop(lock);
        let Some(mut committed) = committed else {
            return;
        };
        if reply == Reply::IsLost {
            return committed.closed().await;
        }
        client.pass("committed").await;
        let _ = committed.send(Ok(answers));
    }
}

/// Serves the first request; `None` if the transaction ends here.
async fn take_lock(
    client: &Caller,
    mut locked: oneshot::Sender<Result<Horizon, Failure>>,
) -> Option<MutexGuard<'_, ()>> {
    client.pass("begin").await;
    if client.is_struck(FaultKind::LostRequest, 4) {
        locked.closed().await;
        return None;
    }
    let events = &client.world.events;
    let Ok(lock) = timeout(LOCK_LIMIT, events.writing.lock()).await else {
        client.world.observer.count("busy");
        let _ = locked.send(Err(Failure::Locked));
        return None;
    };
    client.pass("locked").await;
    if locked.send(Ok(events.end(0))).is_err() {
        unnoticed(client).await;
        return None;
    }
    Some(lock)
}

/// Waits for the commits of the second request; `None` if the transaction ends here.
async fn commit_request(
    client: &Caller,
    commit: oneshot::Receiver<Vec<Commit>>,
) -> Option<Vec<Commit>> {
    let arrives = async {
        let commits = commit.await.ok()?;
        client.pass("commit").await;
        if client.is_struck(FaultKind::LostRequest, 4) {
            pending::<()>().await;
        }
        Some(commits)
    };
    let Ok(commits) = timeout(IDLE_LIMIT, arrives).await else {
        client.world.observer.count("idle transaction");
        return None;
    };
    if commits.is_none() {
        unnoticed(client).await;
    }
    commits
}

/// Inserts and commits.
async fn store(client: &Caller, clock: &Arc<dyn Environment>, commits: Vec<Commit>) -> Vec<Answer> {
    let (insert, flush) = delays(client);
    sleep(insert).await;
    let events = &client.world.events;
    if !commits.is_empty() {
        events.begin(clock, commits);
    }
    sleep(flush).await;
    let answers = events.finish();
    client.world.observe_stored(client.process, &answers);
    answers
}

impl Reply {
    fn draw(client: &Caller) -> Self {
        if !client.is_struck(FaultKind::LostAnswer, 3) {
            return Self::Arrives;
        }
        let draw = client.world.draw(client.process, "silence");
        if draw.is_one_in(4) {
            Self::IsLost
        } else {
            Self::Breaks
        }
    }
}

/// The time until the server notices that the client is gone: at once, or by its keepalives.
async fn unnoticed(client: &Caller) {
    if client.world.is_flawed(Flaw::KeptLock, client.process, 1) {
        pending::<()>().await;
    }
    let draw = client.world.draw(client.process, "gone");
    if draw.is_one_in(2) {
        sleep(Duration::from_millis(draw.with(1).below(UNNOTICED))).await;
    }
}

/// Draws the duration of the inserts, and that of COMMIT with the standby.
fn delays(client: &Caller) -> (Duration, Duration) {
    let Caller { world, process } = client;
    let draw = world.draw(*process, "write");
    let slow = |kind| world.windows.strength(kind, process.index).unwrap_or(0);
    let slow = |kind| u64::try_from(slow(kind)).unwrap_or(0);
    let flush = slow(FaultKind::SlowSync) + slow(FaultKind::StandbyAhead);
    (
        Duration::from_millis(slow(FaultKind::SlowCommit) + draw.below(2)),
        Duration::from_millis(flush + draw.with(1).within(1..4)),
    )
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable => unavailable(),
            Failure::Locked => Self::new(
                StoreErrorKind::Busy,
                "another simulated transaction has the lock of the log for too long; try again",
            ),
            Failure::Full => Self::new(
                StoreErrorKind::Full,
                "the disk of the simulated server is full; make room",
            ),
        }
    }
}
