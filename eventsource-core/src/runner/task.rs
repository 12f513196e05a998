//! A projection in a task of its own.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::heartbeat::{Heartbeat, ended};
use super::lease::LeaseHolder;
use super::lease_guard::LeaseGuard;
use super::observation::Observation;
use super::panic::contained;
use super::status::Rate;
use super::{Cursor, Health, Pipeline, ProjectionError, RunnerConfig, Status};
use crate::read_model::{Generation, Model, Progress, ReadModelError, RunState};
use crate::store::{ErrorClass, Horizon, ReadError};
use crate::values::environment::{self, Home, Task, TaskError, TaskHandle, sleep};
use crate::values::error_text::with_causes;
use crate::values::{Environment, Lane, Position};

/// How long it is waited before the next try after a failure that may pass.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So long a model may stand at its position in another runner while events wait.
const LONGEST_STAND: Duration = Duration::from_secs(5);

/// A projection that is about to be run.
pub(super) struct Prepared {
    run: Arc<Run>,
    first: Option<LeaseGuard>,
}

pub(super) struct ProjectionTask {
    run: Arc<Run>,
    /// The task that follows; held while another takes its place.
    following: tokio::sync::Mutex<Option<Task<()>>>,
    /// `None` once they were ended.
    tasks: Mutex<Option<Vec<TaskHandle>>>,
}

/// What is run, and how it is doing.
struct Run {
    pipeline: Pipeline,
    model: Model,
    config: RunnerConfig,
    holder: LeaseHolder,
    status: watch::Sender<Status>,
    head: watch::Receiver<Position>,
    observation: Mutex<Observation>,
    /// A rebuild may be asked for on another runtime, which may end before this one.
    home: Home,
    /// Of the lease that it has; 0 if it has none.
    epoch: AtomicU64,
    /// The lease that was taken before the task began, until the task takes it up.
    first: Mutex<Option<(Progress, Heartbeat)>>,
}

impl Prepared {
    /// `now` is the head at the start of the runner. A model that begins there is claimed before this
    /// answers: once the store has it, it begins there also if this process ends before it follows.
    ///
    /// # Errors
    ///
    /// The store cannot be reached.
    pub(super) async fn new(
        pipeline: Pipeline,
        config: RunnerConfig,
        now: Horizon,
    ) -> Result<Self, ReadError> {
        let begins_now = pipeline.work().begins_now();
        let run = Run::new(pipeline, config, now);
        let first = if begins_now {
            run.claim_first().await?
        } else {
            None
        };
        Ok(Self { run, first })
    }
}

impl ProjectionTask {
    pub(super) fn start(prepared: Prepared) -> Self {
        let Prepared { run, first } = prepared;
        if let Some(lease_guard) = first {
            run.epoch.store(lease_guard.epoch(), Ordering::Relaxed);
            *run.first() = Some(lease_guard.hand_over());
        }
        let following = run.spawn(Arc::clone(&run).supervise(None));
        Self {
            tasks: Mutex::new(Some(vec![following.handle().clone()])),
            following: tokio::sync::Mutex::new(Some(following)),
            run,
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.run.model
    }

    pub(super) fn status(&self) -> Status {
        self.run.status.borrow().clone()
    }

    /// Whether something still runs it. What has stopped says so in its status.
    pub(super) fn health_of_task(&self) -> Health {
        let has_stopped = matches!(self.run.status.borrow().state, RunState::Stopped(_));
        let tasks = self.tasks();
        let tasks = tasks.as_deref().unwrap_or_default();
        if has_stopped || tasks.is_empty() || !tasks.iter().all(TaskHandle::has_ended) {
            return Health::Healthy;
        }
        let model = self.model();
        Health::Failing(format!(
            "nothing runs {model} any more: its runtime has ended"
        ))
    }

    pub(super) fn stalled_for(&self, stalled_for: Option<Duration>) {
        self.run
            .status
            .send_modify(|status| status.stalled_for = stalled_for);
    }

    pub(super) async fn rebuild(self: &Arc<Self>) -> Result<(), ProjectionError> {
        if self.model().tables.is_empty() {
            let message = format!(
                "{} keeps tables of its own; raise its version to build it anew",
                self.model()
            );
            return Err(ReadModelError::unsupported(message).into());
        }
        let this = Arc::clone(self);
        let task = self.run.spawn(async move {
            let rebuilt = this.rebuild_beside().await;
            this.run
                .status
                .send_modify(|status| status.rebuilding = None);
            rebuilt
        });
        self.keep(task.handle());
        match task.await {
            Ok(rebuilt) => rebuilt,
            Err(error @ TaskError::Panicked(_)) => Err(ended("the rebuild ended", &error).into()),
            Err(TaskError::Dropped) => {
                Err(ReadModelError::unsupported("the runner was stopped").into())
            }
        }
    }

    async fn rebuild_beside(&self) -> Result<(), ProjectionError> {
        let Run {
            pipeline,
            config,
            holder,
            status,
            ..
        } = &*self.run;
        let taken = holder.take_beside().await?;
        let mut cursor = Cursor::open(pipeline, Generation::Rebuilding, config, taken).await?;
        let mut rate = Rate::new(config.environment.instant());
        loop {
            let step = cursor.step().await?;
            let now = config.environment.instant();
            status.send_modify(|status| {
                status.rebuilding = Some(step.seen.position());
                status.rate = rate.count(&step, now);
            });
            if step.at_head {
                break;
            }
        }
        // From here on somebody has to follow again, whatever happens.
        let mut following = self.following.lock().await;
        end(following.take()).await;
        let switched = switch(&mut cursor).await;
        let cursor = switched.is_ok().then(|| {
            let epoch = cursor.checkpoint().epoch;
            // The lease is held from here on, also if the new task ends before it is polled.
            self.run.epoch.store(epoch, Ordering::Relaxed);
            let heartbeat = Heartbeat::start(holder, epoch);
            (cursor, heartbeat)
        });
        let task = self.run.spawn(Arc::clone(&self.run).supervise(cursor));
        self.keep(task.handle());
        *following = Some(task);
        switched
    }

    pub(super) async fn remove_older(&self) -> Result<Vec<u32>, ReadModelError> {
        let models = &self.run.config.models;
        models.remove_older(self.model().clone()).await
    }

    pub(super) async fn stop(&self) {
        self.abort();
        end(self.following.lock().await.take()).await;
        if let Some(epoch) = self.run.forget_lease() {
            let holder = self.run.holder.clone();
            holder.release(epoch, RunState::Idle).await;
        }
    }

    /// The same for who cannot wait for it.
    pub(super) fn drop_behind(&self) {
        self.abort();
        if let Some(epoch) = self.run.forget_lease() {
            self.run.holder.release_behind(epoch);
        }
    }

    fn abort(&self) {
        drop(self.run.first().take());
        for task in self.tasks().take().into_iter().flatten() {
            task.abort();
        }
    }

    /// Ends the task with the others; at once if they were ended while it was made.
    fn keep(&self, task: &TaskHandle) {
        match &mut *self.tasks() {
            Some(tasks) => {
                tasks.retain(|task| !task.has_ended());
                tasks.push(task.clone());
            }
            None => task.abort(),
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Option<Vec<TaskHandle>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    fn new(pipeline: Pipeline, config: RunnerConfig, now: Horizon) -> Arc<Self> {
        let work = pipeline.work();
        let model = work.model();
        let head = config.bus.log().watch();
        Arc::new(Self {
            status: watch::Sender::new(Status::new(&model)),
            head,
            observation: Mutex::default(),
            epoch: AtomicU64::new(0),
            first: Mutex::default(),
            home: Home::here(),
            holder: LeaseHolder::new(&*work, now, &config),
            pipeline,
            model,
            config,
        })
    }

    /// Claims the model, unless another runner has it: then the store has it already. What does not pass
    /// is met by the task again, which reports it.
    async fn claim_first(&self) -> Result<Option<LeaseGuard>, ReadError> {
        match self.holder.claim(None).await {
            Ok(claimed) => Ok(claimed.ok()),
            Err(error) if error.class() != ErrorClass::Transient => Ok(None),
            Err(ReadModelError::Read(error)) => Err(error),
            Err(ReadModelError::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    fn first(&self) -> MutexGuard<'_, Option<(Progress, Heartbeat)>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn environment(&self) -> &dyn Environment {
        &*self.config.environment
    }

    fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Task<T> {
        let _entered = self.home.enter();
        environment::spawn(self.environment(), Lane::Work, task)
    }

    /// Follows until a failure that does not pass, or stands by while another one follows.
    async fn supervise(self: Arc<Self>, mut cursor: Option<(Cursor, Heartbeat)>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let from = self.status.borrow().position;
            let following = Box::pin(self.follow(cursor.take()));
            let Err(error) = contained(following, from).await;
            if is_taken_over(&error) {
                tracing::warn!(projection = %self.model, "another runner has taken a projection over");
                self.forget_lease();
                continue;
            }
            if error.class() != ErrorClass::Transient {
                return self.stop(&error).await;
            }
            if self.status.borrow().position.offset() > from.offset() {
                pause = FIRST_PAUSE;
            }
            let reason = with_causes(&error);
            tracing::warn!(projection = %self.model, error = reason, ?pause, "a projection tries again");
            self.report(RunState::Retrying(reason)).await;
            sleep(self.environment(), pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn follow(
        &self,
        cursor: Option<(Cursor, Heartbeat)>,
    ) -> Result<Infallible, ProjectionError> {
        let (cursor, mut heartbeat) = match cursor {
            Some(cursor) => cursor,
            None => self.open().await?,
        };
        let epoch = cursor.checkpoint().epoch;
        self.epoch.store(epoch, Ordering::Relaxed);
        self.status.send_modify(|status| {
            status.position = cursor.seen().position();
            status.parked = cursor.parked().len() as u64;
            status.stalled_for = None;
        });
        tracing::info!(projection = %self.model, position = %cursor.seen().position(), "a projection follows");
        self.report(RunState::Running).await;
        heartbeat.during(self.go(cursor)).await
    }

    /// Waits for the lease.
    async fn open(&self) -> Result<(Cursor, Heartbeat), ProjectionError> {
        let first = self.first().take();
        let (taken, heartbeat) = match first {
            Some(first) => first,
            None => self.take_lease().await?,
        };
        let (takeovers, _) = self.observe(&taken);
        self.status
            .send_modify(|status| status.takeovers = takeovers);
        let cursor = Cursor::open(&self.pipeline, Generation::Serving, &self.config, taken).await?;
        Ok((cursor, heartbeat))
    }

    async fn take_lease(&self) -> Result<(Progress, Heartbeat), ProjectionError> {
        let stand_by = |progress: &Progress| self.stand_by(progress);
        let lease_guard = self.holder.stand_by(stand_by).await?;
        self.epoch.store(lease_guard.epoch(), Ordering::Relaxed);
        Ok(lease_guard.hand_over())
    }

    /// Tells here how the other one is doing that has the lease.
    fn stand_by(&self, progress: &Progress) {
        let (takeovers, stood_for) = self.observe(progress);
        self.status.send_modify(|status| {
            status.state = RunState::Standby;
            status.position = progress.checkpoint.at.position();
            status.parked = progress.parked;
            status.takeovers = takeovers;
            status.stalled_for = (stood_for >= LONGEST_STAND).then_some(stood_for);
        });
    }

    /// How often the model has changed hands at its position while events waited, and for how long
    /// it has stood there.
    fn observe(&self, progress: &Progress) -> (u32, Duration) {
        let (head, now) = (*self.head.borrow(), self.environment().instant());
        let observation = self.observation.lock();
        let mut observation = observation.unwrap_or_else(PoisonError::into_inner);
        observation.note(progress, head, now);
        (observation.takeovers(), observation.stood_for(now))
    }

    async fn go(&self, mut cursor: Cursor) -> Result<Infallible, ProjectionError> {
        let mut rate = Rate::new(self.environment().instant());
        loop {
            let step = cursor.step().await?;
            let now = self.environment().instant();
            self.status.send_modify(|status| {
                if step.seen.position().offset() > status.position.offset() {
                    status.takeovers = 0;
                }
                status.position = step.seen.position();
                status.parked = step.parked;
                status.longest_call = step.longest_call;
                if status.rebuilding.is_none() {
                    status.rate = rate.count(&step, now);
                }
            });
        }
    }

    /// Tells of it here, and to other processes if that is possible.
    async fn report(&self, state: RunState) {
        self.status
            .send_modify(|status| status.state = state.clone());
        let epoch = self.epoch.load(Ordering::Relaxed);
        if epoch == 0 {
            return;
        }
        let (model, models) = (self.model.clone(), &self.config.models);
        let reported = models.report(model, Generation::Serving, epoch, state);
        if let Err(error) = reported.await {
            let error = with_causes(&error);
            tracing::warn!(projection = %self.model, error, "its state could not be written down");
        }
    }

    /// Gives up for good. Others may have other code, and try.
    async fn stop(&self, error: &ProjectionError) {
        let (reason, holder) = (with_causes(error), self.holder.clone());
        tracing::error!(projection = %self.model, error = reason, "a projection has stopped");
        let state = RunState::Stopped(reason.clone());
        self.status
            .send_modify(|status| status.state = state.clone());
        match self.forget_lease() {
            Some(epoch) => holder.release(epoch, state).await,
            None => holder.refused(reason).await,
        }
    }

    /// The epoch of the lease that it has, which from here on it has no more.
    fn forget_lease(&self) -> Option<u64> {
        let epoch = self.epoch.swap(0, Ordering::Relaxed);
        (epoch > 0).then_some(epoch)
    }
}

fn is_taken_over(error: &ProjectionError) -> bool {
    matches!(
        error,
        ProjectionError::Models(ReadModelError::TakenOver { .. })
    )
}

async fn switch(cursor: &mut Cursor) -> Result<(), ProjectionError> {
    while !cursor.switch().await? {
        cursor.step().await?;
    }
    tracing::info!(projection = %cursor.model(), "a rebuilt model is in use");
    Ok(())
}

async fn end(task: Option<Task<()>>) {
    if let Some(task) = task {
        task.handle().abort();
        // It was aborted, or had ended.
        let _ = task.await;
    }
}
