//! A process as a client of the server.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{BoxFuture, Commit, Freshness, StoreError, StreamStore};
use eventsource_core::values::Environment;
use eventsource_core::{Horizon, MemoryStore, ReadError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::connections::Connections;
use super::transaction::{Failure, Outcome, Transaction};
use crate::appends::{Append, Appends};
use crate::backend::{Answer, Session, View};
use crate::caller::{Caller, unavailable, unknown};
use crate::environment::ServerEnvironment;
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::known_head::KnownHead;
use crate::process_id::TaskLane;
use crate::stale;

/// The time for which a client tries to find the outcome of a COMMIT.
const SETTLE_LIMIT: Duration = Duration::from_secs(1);

/// The server as a process knows it: one transaction at a time stores the commits that wait.
pub(super) struct Client {
    caller: Caller,
    /// The clock of the server, which dates the commits.
    clock: Arc<dyn Environment>,
    connections: Arc<Connections>,
    appends: Appends,
    head: Arc<KnownHead>,
}

impl Client {
    pub(super) fn open(
        caller: Caller,
        environment: Arc<dyn Environment>,
        connections: Arc<Connections>,
    ) -> Arc<Self> {
        let client = Arc::new(Self {
            clock: ServerEnvironment::beside(&caller.world, environment),
            connections,
            appends: Appends::new(caller.clone()),
            head: KnownHead::new(caller.clone()),
            caller,
        });
        let Caller { world, process } = &client.caller;
        let spawn = |task| world.scheduler.spawn(*process, TaskLane::Store, task);
        spawn(Box::pin(Arc::clone(&client).run()));
        spawn(Box::pin(Arc::clone(&client.head).follow()));
        client
    }

    /// Stores what is appended as long as the process lives.
    async fn run(self: Arc<Self>) {
        loop {
            let group = self.appends.next_group().await;
            self.write(group).await;
        }
    }

    async fn write(&self, group: Vec<Append>) {
        let group = group.into_iter().map(|it| (it.commit, it.answer));
        let (commits, senders): (Vec<Commit>, Vec<_>) = group.unzip();
        let answers = self.store(&commits).await;
        for receipt in answers.iter().flatten() {
            self.head.tell(receipt.last);
        }
        for ((commit, sender), answer) in commits.iter().zip(senders).zip(answers) {
            self.appends.answer(commit.id, sender, answer);
        }
    }

    async fn store(&self, commits: &[Commit]) -> Vec<Answer> {
        let (transaction, before) = match self.begin().await {
            Ok(begun) => begun,
            Err(failure) => return not_stored(commits, failure),
        };
        match transaction.commit(commits.to_vec()).await {
            Outcome::Committed(answers) => answers,
            Outcome::RolledBack(failure) => not_stored(commits, failure),
            Outcome::InDoubt => self.settle(commits, before).await,
        }
    }

    /// Begins a transaction, and answers with the end of the log, which it has locked.
    async fn begin(&self) -> Result<(Transaction, Horizon), Failure> {
        let Caller { world, process } = &self.caller;
        let elapsed = world.elapsed();
        world.observer.call(elapsed, *process, "transaction", 0);
        let is_unreachable = world.backend.is_unreachable(*process);
        if is_unreachable || world.is_struck(FaultKind::Error, *process, 3) {
            return Err(Failure::Unreachable);
        }
        let mut transaction = Transaction::begin(&self.caller, &self.clock, &self.connections);
        let end = transaction.lock().await?;
        Ok((transaction, end))
    }

    /// Finds out what became of commits whose COMMIT was not answered.
    async fn settle(&self, commits: &[Commit], before: Horizon) -> Vec<Answer> {
        let Caller { world, process } = &self.caller;
        world.observer.count("in doubt");
        if world.is_flawed(Flaw::DoubtIsFailure, *process, 1) {
            return not_stored(commits, Failure::Unreachable);
        }
        let until = Instant::now() + SETTLE_LIMIT;
        while Instant::now() < until {
            if let Some(answers) = self.settled(commits, before).await {
                return answers;
            }
            let pause = world.draw(*process, "settle again").within(50..500);
            sleep(Duration::from_millis(pause)).await;
        }
        commits.iter().map(|it| Err(unknown(it.id))).collect()
    }

    /// Asks for the receipts behind a COMMIT of its own. That one had the lock of the log after the
    /// COMMIT in doubt, which is over by then: it is stored, or never will be.
    async fn settled(&self, commits: &[Commit], before: Horizon) -> Option<Vec<Answer>> {
        let Caller { world, process } = &self.caller;
        if !world.is_flawed(Flaw::PlainSettling, *process, 1) {
            let (transaction, _) = self.begin().await.ok()?;
            let Outcome::Committed(_) = transaction.commit(Vec::new()).await else {
                return None;
            };
        }
        self.caller.arrive("settle", 0).await.ok()?;
        let content = self.content();
        let mut answers = Vec::with_capacity(commits.len());
        for commit in commits {
            let stream = commit.events[0].stream.clone();
            let receipt = content.receipt(stream, commit.id).await.ok()?;
            let stored = receipt.as_ref().map(|receipt| receipt.last.offset());
            answers.push(match receipt {
                Some(receipt) if stored > Some(before.position().offset()) => Ok(receipt),
                // It was there before, perhaps with another content.
                Some(_) => Err(unknown(commit.id)),
                None => Err(unavailable().into()),
            });
        }
        let is_stored = answers.iter().any(Result::is_ok);
        world.observer.count(if is_stored {
            "settled as stored"
        } else {
            "settled as not stored"
        });
        Some(answers)
    }

    /// The state that a standby shows whose synchronous flush is ahead of the primary. What the primary
    /// does not show yet may be taken back by a failover, so that a page ends at its head, which is
    /// asked for first.
    async fn standby(&self, freshness: Freshness) -> View {
        let Caller { world, process } = &self.caller;
        let head = world.events.end(0);
        self.caller.travel("standby").await;
        let is_new_enough = match freshness {
            Freshness::AtLeast(position) => position.offset() <= head.position().offset(),
            _ => true,
        };
        let Some(ahead) = world.events.ahead().filter(|_| is_new_enough) else {
            return View {
                content: self.content(),
                end: None,
            };
        };
        world.observer.count(FaultKind::StandbyAhead.name());
        let is_shown = world.is_flawed(Flaw::ShownAhead, *process, 1);
        View {
            content: ahead,
            end: (!is_shown).then_some(head),
        }
    }
}

impl Session for Client {
    fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer> {
        self.appends.submit(commit)
    }

    fn head(&self) -> &KnownHead {
        &self.head
    }

    fn content(&self) -> MemoryStore {
        self.caller.world.events.content(&self.clock)
    }

    fn view(&self, freshness: Freshness, _: Horizon) -> BoxFuture<'_, Result<View, ReadError>> {
        Box::pin(async move {
            let Caller { world, process } = &self.caller;
            let end = stale::end(&self.caller, freshness);
            let is_ahead = world
                .windows
                .is_open(FaultKind::StandbyAhead, process.index);
            if is_ahead && end.is_none() && freshness != Freshness::Latest {
                return Ok(self.standby(freshness).await);
            }
            Ok(View {
                content: self.content(),
                end,
            })
        })
    }
}

fn not_stored(commits: &[Commit], failure: Failure) -> Vec<Answer> {
    let error = |_| Err(StoreError::from(failure).into());
    commits.iter().map(error).collect()
}
