//! One run of a script.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use eventsource_core::read_model::{Generation, ModelId, StoredModel};
use eventsource_core::store::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::checkers::{Checker, End, Violation};
use crate::client::Client;
use crate::clock::Clock;
use crate::disk::at_once;
use crate::fault::Fault;
use crate::flaw::Flaw;
use crate::fleet::{BoxError, Fleet, Start, chain};
use crate::log::show_log;
use crate::observer::Observer;
use crate::poison::set_world;
use crate::process_id::{ProcessId, TaskLane};
use crate::report::Report;
use crate::scheduler::SchedulerError;
use crate::script::{Script, Step};
use crate::strike::strike;
use crate::timeline::Timeline;
use crate::trace::Trace;
use crate::world::{OfRun, World};

/// The time that a client waits for an answer before it sends its next command.
const IMPATIENT: Duration = Duration::from_millis(500);
/// The longest time that a command may take.
const PENDING: Duration = Duration::from_secs(10 * 60);
/// The time after the faults within which everything has to be at the head. The longest pause between
/// two retries of a parked key is five minutes.
const CONVERGES: Duration = Duration::from_secs(20 * 60);
/// The interval between two checks of that.
const LOOK: Duration = Duration::from_millis(500);

pub(crate) type Customer<P> =
    Arc<dyn Fn(P, Client) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;
/// Looks at a program in the end.
pub(crate) type LastLook<P> =
    Arc<dyn Fn(P) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;
pub(crate) type MakeOfRun = Arc<dyn Fn() -> OfRun + Send + Sync>;

/// The settings of a run beside its script.
pub(crate) struct Plan<P> {
    pub(crate) start: Start<P>,
    pub(crate) customer: Customer<P>,
    pub(crate) checkers: Vec<Box<dyn Checker>>,
    pub(crate) clock: Clock,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) make: Option<MakeOfRun>,
    pub(crate) last_look: Option<LastLook<P>>,
    pub(crate) keeps_trace: bool,
    pub(crate) keeps_timeline: bool,
}

/// The outcome of a run.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    pub(crate) violation: Option<Violation>,
    pub(crate) trace: Trace,
    pub(crate) timeline: Timeline,
}

/// Plays a script from its first line to the end, where everything has to be at the head.
pub(crate) fn play<P: Clone + Send + Sync + 'static>(script: &Script, plan: Plan<P>) -> Outcome {
    let began = Instant::now();
    let models = plan.checkers.iter().filter_map(|it| it.model()).collect();
    let observer = Observer::new(plan.checkers, plan.keeps_trace, plan.keeps_timeline);
    let (clock, deployment) = (plan.clock, script.deployment);
    let world = World::new(script.seed, clock, observer, plan.flaw, deployment);
    world.begin_run(plan.make.map(|make| make()));
    set_world(&world);
    let _log = show_log(&world);
    let fleet = Fleet::new(Arc::clone(&world), script.processes.max(1), plan.start);
    let last = script.lines.last().map_or(0, |line| line.at);
    let limit = Duration::from_millis(last) + PENDING * 4 + CONVERGES;
    let story = Story {
        fleet,
        customer: plan.customer,
        seed: script.seed,
        models,
        last_look: plan.last_look,
    };
    let ran = world.scheduler.run(limit, story.tell(script.clone()));
    if let Err(error) = ran.outcome {
        world
            .observer
            .fail(ran.elapsed, check_of(&error), error.to_string());
    } else if world.observer.violation().is_none() {
        finish(&world, ran.elapsed);
    }
    world.end();
    let counts = world.observer.counts();
    let report = Report {
        seeds: 1,
        commits: counts.get("acknowledged").copied().unwrap_or_default(),
        polls: ran.polls,
        calls: world.observer.calls(),
        simulated: ran.elapsed,
        taken: began.elapsed(),
        counts,
    };
    Outcome {
        report,
        violation: world.observer.violation(),
        trace: world.observer.take_trace(),
        timeline: world.observer.take_timeline(),
    }
}

fn check_of(error: &SchedulerError) -> &'static str {
    match error {
        SchedulerError::ForeignWaker { .. } => "threads",
        SchedulerError::SpawnedOutside { .. } => "tasks",
        SchedulerError::PollLoop { .. } => "loops",
        SchedulerError::Stalled { .. } => "end",
        SchedulerError::Panicked { .. } => "panics",
    }
}

/// Lets the checkers look at what the run came to.
fn finish(world: &World, elapsed: Duration) {
    let end = End {
        world,
        events: world.stored(),
    };
    for mut checker in world.observer.take_checkers() {
        if let Err(message) = checker.finish(&end) {
            world.observer.fail(elapsed, checker.name(), message);
        }
    }
}

/// The tasks of the simulation itself in a run.
struct Story<P> {
    fleet: Arc<Fleet<P>>,
    customer: Customer<P>,
    seed: u64,
    /// The models that are looked at in the end, whichever version is the newest.
    models: Vec<ModelId>,
    last_look: Option<LastLook<P>>,
}

/// A command of a client.
struct Command {
    at: Duration,
    number: u64,
    process: u16,
}

impl<P: Clone + Send + Sync + 'static> Story<P> {
    /// Plays the lines, and waits until everything is at the head; or until a check has failed.
    async fn tell(self, script: Script) {
        let story = Arc::new(self);
        let world = Arc::clone(&story.fleet.world);
        let (mut told, mut failed) = (pin!(story.play(script)), pin!(world.observer.failed()));
        poll_fn(|context| match failed.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => told.as_mut().poll(context),
        })
        .await;
    }

    async fn play(self: &Arc<Self>, script: Script) {
        self.fleet.launch_all();
        let mut clients = BTreeMap::<u16, Vec<Command>>::new();
        let mut ends = Vec::new();
        for line in script.lines {
            let at = Duration::from_millis(line.at);
            match line.step {
                Step::Fault(fault) => ends.push(self.spawn(Arc::clone(self).fault(at, fault))),
                Step::Command {
                    number,
                    client,
                    process,
                } => clients.entry(client).or_default().push(Command {
                    at,
                    number,
                    process: process % self.fleet.processes(),
                }),
            }
        }
        for (client, commands) in clients {
            ends.push(self.spawn(Arc::clone(self).client(client, commands)));
        }
        for end in ends {
            let _ = end.await;
        }
        let world = &self.fleet.world;
        world.calm_down();
        self.converge().await;
        if let Some(look) = &self.last_look {
            let started = self.fleet.program(0).await;
            if let Err(error) = look(started.program).await {
                world
                    .observer
                    .fail(world.elapsed(), "last look", chain(&*error));
            }
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> oneshot::Receiver<()> {
        let (sender, end) = oneshot::channel();
        let task = async move {
            task.await;
            let _ = sender.send(());
        };
        let scheduler = &self.fleet.world.scheduler;
        scheduler.spawn(ProcessId::SIMULATION, TaskLane::Work, Box::pin(task));
        end
    }

    async fn fault(self: Arc<Self>, at: Duration, fault: Fault) {
        self.sleep_until(at).await;
        strike(&self.fleet, &fault).await;
    }

    /// Sends one command after the other. A process that does not answer keeps its client from the next
    /// one for a while only: otherwise all clients would soon wait for one that is held up.
    async fn client(self: Arc<Self>, client: u16, commands: Vec<Command>) {
        let mut unanswered = Vec::new();
        for command in commands {
            self.sleep_until(command.at).await;
            let mut answered = self.spawn(Arc::clone(&self).ask(client, command));
            if timeout(IMPATIENT, &mut answered).await.is_err() {
                unanswered.push(answered);
            }
        }
        for answered in unanswered {
            let _ = answered.await;
        }
    }

    async fn ask(self: Arc<Self>, client: u16, command: Command) {
        let world = &self.fleet.world;
        let sent = self.send(client, &command);
        let (number, process) = (command.number, command.process);
        if timeout(PENDING, sent).await.is_err() {
            let message = format!(
                "command {number} of client {client} on p{process} has no answer after \
                 {PENDING:?}"
            );
            world.observer.fail(world.elapsed(), "pending", message);
        }
    }

    /// Sends a command to a process as soon as its program has started. If the process ends meanwhile,
    /// the command has no answer, and is not sent again.
    async fn send(&self, client: u16, command: &Command) {
        let started = self.fleet.program(command.process).await;
        let (world, id) = (&self.fleet.world, started.process.id());
        let process = started.process.clone();
        let client = Client::new(process.clone(), self.seed, client, command.number);
        let answered = (self.customer)(started.program, client);
        let (sender, answer) = oneshot::channel();
        let task = async move {
            let answer = answered.await;
            if let Err(error) = &answer {
                process.shown(&chain(&**error));
            }
            let _ = sender.send(answer.is_ok());
        };
        world.scheduler.spawn(id, TaskLane::Work, Box::pin(task));
        world.observer.count(match answer.await {
            Ok(true) => "command",
            Ok(false) => "failed command",
            Err(_) => "cut off command",
        });
    }

    async fn sleep_until(&self, at: Duration) {
        let now = self.fleet.world.elapsed();
        if let Some(rest) = at.checked_sub(now)
            && !rest.is_zero()
        {
            sleep(rest).await;
        }
    }

    /// Waits until every model is at the head, and nothing is parked.
    async fn converge(&self) {
        let world = &self.fleet.world;
        let (began, mut calm) = (world.elapsed(), 0);
        while calm < 3 {
            sleep(LOOK).await;
            let late = self.late();
            calm = if late.is_empty() { calm + 1 } else { 0 };
            if world.elapsed() > began + CONVERGES {
                let message = format!(
                    "{CONVERGES:?} after the last fault, with the log at {}: {}",
                    world.head().position(),
                    late.join("; ")
                );
                return world.observer.fail(world.elapsed(), "convergence", message);
            }
        }
    }

    /// The parts that have not caught up.
    fn late(&self) -> Vec<String> {
        if !self.fleet.is_up() {
            return vec!["not every process has started its program".to_owned()];
        }
        let world = &self.fleet.world;
        let head = world.head().position().offset();
        let models = at_once(world.models().models()).unwrap_or_default();
        let looked_at = |it: &StoredModel| self.models.contains(&it.id);
        let is_followed = |it: &StoredModel| {
            let runs = |process| self.fleet.is_newest(process);
            looked_at(it) || !world.followed.is_abandoned(&it.id, runs)
        };
        let models = newest(models.into_iter().filter(is_followed), looked_at);
        let is_late = |it: &&StoredModel| {
            let at = it.progress.checkpoint.at.position().offset();
            at < head || it.progress.parked > 0
        };
        let late = models.iter().filter(is_late).map(|it| {
            let (at, parked) = (it.progress.checkpoint.at.position(), it.progress.parked);
            let (id, state) = (&it.id, &it.progress.state);
            format!("{id} is at {at} with {parked} keys parked, {state:?}")
        });
        late.collect()
    }
}

/// The newest version of each model that is read, and those that are looked at.
fn newest(
    models: impl Iterator<Item = StoredModel>,
    looked_at: impl Fn(&StoredModel) -> bool,
) -> Vec<StoredModel> {
    let mut kept: Vec<StoredModel> = Vec::new();
    // In the order of their names and versions.
    for model in models.filter(|it| it.generation == Generation::Serving) {
        let is_of = |older: &StoredModel| model.id.replaces(&older.id);
        kept.retain(|older| !is_of(older) || looked_at(older));
        kept.push(model);
    }
    kept
}
