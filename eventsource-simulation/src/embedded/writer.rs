//! The thread of a process that writes commits.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{Commit, StoreError, StoreErrorKind};
use eventsource_core::values::Environment;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::appends::{Append, Appends};
use crate::backend::Answer;
use crate::caller::{Caller, Outcome, full, is_guard, refused, unavailable, unknown};
use crate::environment::LateEnvironment;
use crate::flaw::Flaw;
use crate::known_head::KnownHead;

/// The time that a process waits for another one that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the commits that wait, in the order in which they came, and writes them together.
pub(crate) struct Writer {
    caller: Caller,
    environment: Arc<dyn Environment>,
    appends: Appends,
    head: Arc<KnownHead>,
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
        let (delay, sync) = self.caller.delays();
        sleep(delay).await;
        let (mut written, mut commits) = (Vec::new(), Vec::new());
        for request in group {
            let (outcome, id) = (self.caller.outcome(&request.commit), request.commit.id);
            match outcome {
                Outcome::Failed(kind) => {
                    let error = self.failure(kind, &request.commit);
                    self.appends.answer(id, request.answer, Err(error.into()));
                }
                Outcome::Refused => {
                    let error = refused(&request.commit);
                    self.appends.answer(id, request.answer, Err(error));
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

    /// The commit as it is stored: another one only where the store has a flaw.
    fn altered(&self, mut commit: Commit) -> Commit {
        let Caller { world, process } = &self.caller;
        if commit.events.len() > 1 && world.is_flawed(Flaw::TornCommit, *process, 10) {
            commit.events.pop();
        }
        if world.is_flawed(Flaw::IgnoredGuard, *process, 1) {
            commit.expectations.retain(|it| !is_guard(it));
        }
        if world.is_flawed(Flaw::IgnoredRevision, *process, 1) {
            commit.expectations.retain(is_guard);
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
            again.expectations.clear();
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
            StoreErrorKind::Full => full(),
            _ => unavailable(),
        }
    }
}

fn busy() -> StoreError {
    let message = "another simulated process writes for too long; try again";
    StoreError::new(StoreErrorKind::Busy, message)
}
