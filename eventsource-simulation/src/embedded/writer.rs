//! The thread of a process that writes commits.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::AppendError;
use eventsource_core::store::{Commit, Conflict, Expect, Page, StoreError, StoreErrorKind};
use eventsource_core::values::Environment;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::appends::{Append, Appends};
use crate::backend::Answer;
use crate::caller::{Caller, unavailable};
use crate::environment::LateEnvironment;
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::known_head::KnownHead;

/// How long a process waits for another one that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the commits that wait, in the order in which they came, and writes them together.
pub(crate) struct Writer {
    caller: Caller,
    environment: Arc<dyn Environment>,
    appends: Appends,
    head: Arc<KnownHead>,
}

/// The fault that strikes a commit of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Stored,
    /// Nothing is stored, and that is told.
    Failed(StoreErrorKind),
    /// Whether it is stored is not told.
    LostBefore,
    LostAfter,
    /// The store has the flaw to see a conflict.
    Refused,
}

impl Writer {
    pub(crate) fn new(
        caller: Caller,
        environment: Arc<dyn Environment>,
        head: Arc<KnownHead>,
    ) -> Self {
        Self {
            appends: Appends::new(caller.clone()),
            caller,
            environment,
            head,
        }
    }

    /// Hands a commit over.
    pub(crate) fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer> {
        self.appends.submit(commit)
    }

    /// Writes as long as the process lives.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let group = self.appends.next_group().await;
            self.write(group).await;
        }
    }

    async fn write(&self, group: Vec<Append>) {
        let Caller { world, process } = &self.caller;
        let Ok(_writing) = timeout(PATIENCE, world.events.writing.lock()).await else {
            world.observer.count("busy");
            for request in group {
                self.appends
                    .answer(request.commit.id, request.answer, Err(busy().into()));
            }
            return;
        };
        let (delay, sync) = self.delays();
        sleep(delay).await;
        let (mut written, mut commits) = (Vec::new(), Vec::new());
        for request in group {
            let (outcome, id) = (self.outcome(&request.commit), request.commit.id);
            match outcome {
                Outcome::Failed(kind) => {
                    let error = self.failure(kind, &request.commit);
                    self.appends.answer(id, request.answer, Err(error.into()));
                }
                Outcome::Refused => {
                    let expected = request.commit.expect[0].clone();
                    let conflict = Conflict::new(expected, None, Page::default());
                    self.appends
                        .answer(id, request.answer, Err(conflict.into()));
                }
                Outcome::LostBefore => self.appends.answer(id, request.answer, Err(unknown(id))),
                Outcome::Stored | Outcome::LostAfter => {
                    commits.push(self.altered(request.commit));
                    written.push((id, outcome, request.answer));
                }
            }
        }
        self.repeat(&mut commits);
        world.events.begin(&self.environment(), commits);
        sleep(sync).await;
        let lies = world.is_flawed(Flaw::LyingDisk, *process, 2);
        let answers = if lies {
            world.events.finish_unsynced()
        } else {
            world.events.finish()
        };
        world.observe_stored(*process, &answers);
        self.head.tell(world.events.end(0).position());
        for ((id, outcome, sender), answer) in written.into_iter().zip(answers) {
            let is_lost = outcome == Outcome::LostAfter;
            let answer = if is_lost { Err(unknown(id)) } else { answer };
            self.appends.answer(id, sender, answer);
        }
    }

    /// How long the group waits before it is written, and how long its sync takes.
    fn delays(&self) -> (Duration, Duration) {
        let Caller { world, process } = &self.caller;
        let draw = world.draw(*process, "write");
        let slow = |kind| world.windows.strength(kind, process.index).unwrap_or(0);
        let slow = |kind| u64::try_from(slow(kind)).unwrap_or(0);
        (
            Duration::from_millis(slow(FaultKind::SlowCommit) + draw.below(2)),
            Duration::from_millis(slow(FaultKind::SlowSync) + draw.with(1).within(1..4)),
        )
    }

    fn outcome(&self, commit: &Commit) -> Outcome {
        let Caller { world, process } = &self.caller;
        if !commit.expect.is_empty() && world.is_flawed(Flaw::WrongConflict, *process, 10) {
            return Outcome::Refused;
        }
        let has_guard = commit.expect.iter().any(is_guard);
        if has_guard && world.is_flawed(Flaw::WrongGuard, *process, 3) {
            return Outcome::Refused;
        }
        if world.is_struck(FaultKind::Full, *process, 1) {
            return Outcome::Failed(StoreErrorKind::Full);
        }
        if world.is_struck(FaultKind::Error, *process, 3) {
            return Outcome::Failed(StoreErrorKind::Unavailable);
        }
        if world.is_struck(FaultKind::LostAnswer, *process, 3) {
            let is_stored = world.draw(*process, "lost").is_one_in(2);
            return if is_stored {
                Outcome::LostAfter
            } else {
                Outcome::LostBefore
            };
        }
        Outcome::Stored
    }

    /// The commit as it is stored: another one only where the store has a flaw.
    fn altered(&self, mut commit: Commit) -> Commit {
        let Caller { world, process } = &self.caller;
        if commit.events.len() > 1 && world.is_flawed(Flaw::TornCommit, *process, 10) {
            commit.events.pop();
        }
        if world.is_flawed(Flaw::IgnoredGuard, *process, 1) {
            commit.expect.retain(|it| !is_guard(it));
        }
        if world.is_flawed(Flaw::IgnoredRevision, *process, 1) {
            commit.expect.retain(is_guard);
        }
        commit
    }

    /// Adds a commit once more, where the store has the flaw to do so.
    fn repeat(&self, commits: &mut Vec<Commit>) {
        let Caller { world, process } = &self.caller;
        if let Some(first) = commits.first()
            && world.is_flawed(Flaw::StoredTwice, *process, 20)
        {
            let mut again = first.clone();
            again.id = self.environment.uuid();
            again.expect.clear();
            commits.push(again);
        }
    }

    /// The clock that dates the commits: another one only where the store has a flaw.
    fn environment(&self) -> Arc<dyn Environment> {
        let Caller { world, process } = &self.caller;
        if world.is_flawed(Flaw::WrongDates, *process, 1) {
            return Arc::new(LateEnvironment(Arc::clone(&self.environment)));
        }
        Arc::clone(&self.environment)
    }

    fn failure(&self, kind: StoreErrorKind, commit: &Commit) -> StoreError {
        let Caller { world, process } = &self.caller;
        if world.is_flawed(Flaw::LoggedPayload, *process, 1) {
            let payload = String::from_utf8_lossy(&commit.events[0].payload);
            tracing::warn!(%payload, "a commit is not written");
        }
        if world.is_flawed(Flaw::ShownPayload, *process, 1) {
            let payload = String::from_utf8_lossy(&commit.events[0].payload).into_owned();
            return StoreError::new(kind, format!("cannot write {payload}"));
        }
        match kind {
            StoreErrorKind::Full => StoreError::new(kind, "the simulated disk is full; make room"),
            _ => unavailable(),
        }
    }
}

fn is_guard(expect: &Expect) -> bool {
    matches!(expect, Expect::NoneMatch { .. })
}

fn unknown(commit_id: uuid::Uuid) -> AppendError {
    AppendError::Unknown {
        commit_id,
        source: unavailable(),
    }
}

fn busy() -> StoreError {
    let message = "another simulated process writes for too long; try again";
    StoreError::new(StoreErrorKind::Busy, message)
}
