//! The connection of a process to a cluster.

mod past;
mod reads;

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Freshness, LatestReads, NoneMatchGuards, StoreError,
    StoreErrorKind,
};
use eventsource_core::values::Environment;
use eventsource_core::{AppendError, Horizon, MemoryStore, ReadError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::entry::{Acknowledgement, Batch, Entry};
use super::servers::Servers;
use crate::appends::{Append, Appends};
use crate::backend::{Answer, Session, View};
use crate::caller::{Caller, full, is_guard, unavailable, unknown};
use crate::environment::ServerEnvironment;
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::known_head::KnownHead;
use crate::process_id::TaskLane;

/// For so long commits are sent again, and a leader is looked for.
const PATIENCE: Duration = Duration::from_secs(5);
/// An acknowledgement is waited for so long.
const ACKNOWLEDGED: Duration = Duration::from_secs(2);

/// The connection of a process. It sends commits in their order, and sends one again whose
/// acknowledgement does not come: under its id it is stored once. Where it is cut off from the leader, it
/// reads what the one server shows that it reaches.
pub(super) struct Connection {
    caller: Caller,
    /// The clock of the cluster, which dates the commits.
    clock: Arc<dyn Environment>,
    servers: Arc<Servers>,
    appends: Appends,
    head: Arc<KnownHead>,
}

/// The fate of a commit that was sent.
enum Sent {
    /// The leader has it.
    Proposed(oneshot::Receiver<Acknowledgement>),
    /// No leader is reached, so that it is not stored.
    Nowhere,
    /// It may be stored.
    Unclear,
    Answered(Answer),
}

/// A commit that waits for its answer.
struct Pending {
    append: Append,
    sent: Sent,
    /// Whether a fault loses the answer.
    is_answer_lost: bool,
}

impl Connection {
    pub(super) fn open(
        caller: Caller,
        environment: Arc<dyn Environment>,
        servers: Arc<Servers>,
    ) -> Arc<Self> {
        let connection = Arc::new(Self {
            appends: Appends::new(caller.clone()),
            head: KnownHead::new(caller.clone()),
            clock: ServerEnvironment::beside(&caller.world, environment),
            caller,
            servers,
        });
        let Caller { world, process } = &connection.caller;
        let spawn = |task| world.scheduler.spawn(*process, TaskLane::Store, task);
        spawn(Box::pin(Arc::clone(&connection).run()));
        spawn(Box::pin(Arc::clone(&connection).follow()));
        connection
    }

    async fn run(self: Arc<Self>) {
        loop {
            let group = self.appends.next_group().await;
            self.send_all(group).await;
        }
    }

    /// Hears of the head from the server that it reaches.
    async fn follow(self: Arc<Self>) {
        let Caller { world, process } = &self.caller;
        let mut head = world.events.watch();
        while head.changed().await.is_ok() {
            self.pause("watch", 0..20).await;
            world.windows.closed(FaultKind::Clog, process.index).await;
            while self.servers.seen_cut_off(world, *process).is_some() {
                self.pause("watch cut off", 10..20).await;
            }
            let moved_to = *head.borrow_and_update();
            self.head.tell(moved_to);
        }
    }

    /// Sends commits one behind the other, and answers them in the same order.
    async fn send_all(&self, group: Vec<Append>) {
        let (deadline, mut pending) = (Instant::now() + PATIENCE, Vec::new());
        for append in group {
            pending.push(self.begin(append).await);
        }
        let mut was_unclear = false;
        for commit in pending {
            let Pending {
                append,
                sent,
                is_answer_lost,
            } = commit;
            let answer = self.settle(&append.commit, sent, deadline, &mut was_unclear);
            let (answer, id) = (answer.await, append.commit.id);
            let answer = if is_answer_lost {
                Err(unknown(id))
            } else {
                answer
            };
            self.head.tell(self.caller.world.events.end(0).position());
            self.appends.answer(id, append.answer, answer);
        }
    }

    /// Sends a commit for the first time, unless a fault strikes.
    async fn begin(&self, append: Append) -> Pending {
        let Caller { world, process } = &self.caller;
        let id = append.commit.id;
        let is_struck = |kind, one_in| world.is_struck(kind, *process, one_in);
        let mut is_answer_lost = false;
        let sent = if append.commit.expectations.iter().any(is_guard) {
            Sent::Answered(Err(unsupported().into()))
        } else if is_struck(FaultKind::Full, 1) {
            Sent::Answered(Err(full().into()))
        } else if is_struck(FaultKind::Error, 3) {
            Sent::Answered(Err(unavailable().into()))
        } else if is_struck(FaultKind::LostRequest, 4) {
            sleep(ACKNOWLEDGED).await;
            Sent::Unclear
        } else if is_struck(FaultKind::LostAnswer, 3) {
            is_answer_lost = world.draw(*process, "lost").is_one_in(2);
            if is_answer_lost {
                self.send(&append.commit).await
            } else {
                Sent::Answered(Err(unknown(id)))
            }
        } else {
            self.send(&append.commit).await
        };
        Pending {
            append,
            sent,
            is_answer_lost,
        }
    }

    /// Waits for the answer to a commit, and sends it again where there is none. A conflict that follows
    /// an unclear answer to a commit before it is not believed at once either: that one is settled now.
    async fn settle(
        &self,
        commit: &Commit,
        mut sent: Sent,
        deadline: Instant,
        was_unclear: &mut bool,
    ) -> Answer {
        let (mut may_be_stored, mut is_sent_again) = (false, false);
        loop {
            let is_nowhere = matches!(sent, Sent::Nowhere);
            match self.answer(sent).await {
                Some(Err(AppendError::Conflict(_))) if *was_unclear && !is_sent_again => {}
                Some(Ok(mut receipt)) => {
                    // Where it was stored before, this call may have done so.
                    receipt.repeated &= !may_be_stored;
                    return Ok(receipt);
                }
                Some(answer) => return answer,
                None if is_nowhere => {}
                None => (may_be_stored, *was_unclear) = (true, true),
            }
            if Instant::now() >= deadline && may_be_stored {
                return Err(unknown(commit.id));
            }
            if Instant::now() >= deadline {
                return Err(unavailable().into());
            }
            is_sent_again = true;
            self.caller.world.observer.count("sent again");
            self.pause("send again", 20..400).await;
            sent = self.send(commit).await;
        }
    }

    /// The answer to a commit, if one comes.
    async fn answer(&self, sent: Sent) -> Option<Answer> {
        let answer = match sent {
            Sent::Answered(answer) => return Some(answer),
            Sent::Proposed(answer) => timeout(ACKNOWLEDGED, answer).await.ok()?.ok()?,
            Sent::Unclear | Sent::Nowhere => return None,
        };
        self.caller.travel("acknowledgement").await;
        let Caller { world, process } = &self.caller;
        let is_reached = self.servers.seen_cut_off(world, *process).is_none();
        is_reached.then(|| answer.received(world)).flatten()
    }

    /// Sends the messages of a commit to the server that is thought to lead.
    async fn send(&self, commit: &Commit) -> Sent {
        let Caller { world, process } = &self.caller;
        self.caller.travel("send").await;
        if self.servers.seen_cut_off(world, *process).is_some() {
            self.pause("send cut off", 100..1_000).await;
            return Sent::Nowhere;
        }
        if let Some(past) = self.past() {
            return self.send_to_past(commit, past).await;
        }
        let batch = Batch {
            process: *process,
            environment: Arc::clone(&self.clock),
            commit: commit.clone(),
        };
        let Some(number) = self.servers.begin(batch) else {
            return Sent::Nowhere;
        };
        if commit.events.len() > 1 {
            let is_slow = world.draw(*process, "slow messages").is_one_in(8);
            let between = if is_slow { 10..200 } else { 0..4 };
            self.pause("messages", between).await;
        }
        // The leader may have abandoned the batch meanwhile.
        let Some(batch) = self.servers.complete(number) else {
            return Sent::Unclear;
        };
        let (sender, answer) = oneshot::channel();
        let entry = Entry::Batch(Box::new(batch), Some(sender));
        if self.servers.propose(world, *process, entry) {
            return Sent::Proposed(answer);
        }
        Sent::Nowhere
    }

    async fn pause(&self, site: &'static str, millis: std::ops::Range<u64>) {
        let Caller { world, process } = &self.caller;
        let millis = world.draw(*process, site).within(millis);
        sleep(Duration::from_millis(millis)).await;
    }

    fn is_flawed(&self, flaw: Flaw) -> bool {
        let Caller { world, process } = &self.caller;
        world.is_flawed(flaw, *process, 2)
    }
}

impl Session for Connection {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::all();
        capabilities.none_match = NoneMatchGuards::No;
        capabilities.latest = LatestReads::Leader;
        capabilities
    }

    fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer> {
        self.appends.submit(commit)
    }

    fn head(&self) -> &KnownHead {
        &self.head
    }

    fn content(&self) -> MemoryStore {
        self.caller.world.events.content(&self.clock)
    }

    fn view(&self, freshness: Freshness, after: Horizon) -> BoxFuture<'_, Result<View, ReadError>> {
        Box::pin(self.read_view(freshness, after))
    }

    fn confirm(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write_guard())
    }
}

fn unsupported() -> StoreError {
    let message =
        "a cluster keeps no guard over a query; give each unique value a stream of its own";
    StoreError::new(StoreErrorKind::Unsupported, message)
}
