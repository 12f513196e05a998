//! The tasks that run one projection.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::heartbeat::{Heartbeat, task_error};
use super::lease::LeaseHolder;
use super::lease_guard::LeaseGuard;
use super::observation::Observation;
use super::panic::catch_panic;
use super::status::Rate;
use super::{Cursor, Health, Pipeline, ProjectionError, RunnerConfig, Status};
use crate::read_model::{
    ClaimError, Generation, MaintainError, Model, Progress, RunState, WriteError, Writer,
};
use crate::store::{ErrorClass, HeadWatch, Horizon, ReadError};
use crate::values::environment::{self, Home, Task, TaskError, TaskHandle, sleep};
use crate::values::error_text::with_causes;
use crate::values::{Environment, Lane};

/// The backoff after a transient failure doubles from the first to the second.
const MIN_BACKOFF: Duration = Duration::from_millis(50);
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// A model that stays at its position in another runner for this long, while events wait, has stalled.
const STALL: Duration = Duration::from_secs(5);

/// One projection of a runner: its tasks, its lease and its status.
pub(super) struct ProjectionTask {
    pipeline: Pipeline,
    model: Model,
    config: RunnerConfig,
    holder: LeaseHolder,
    head: HeadWatch,
    /// The runtime on which the runner was started. A rebuild may be requested on another one, which
    /// may end before it.
    home: Home,
    /// The task that follows the log. It stays locked while a rebuild replaces the task.
    following: tokio::sync::Mutex<Option<Task<()>>>,
    state: Mutex<TaskState>,
}

/// The part of a [`ProjectionTask`] that changes while it runs. Its lock is never held at an `await`.
struct TaskState {
    status: Status,
    observation: Observation,
    lease: TaskLease,
    /// All tasks that may still run; `None` once they were stopped, so that no further one begins.
    tasks: Option<Vec<TaskHandle>>,
}

/// The lease of a projection, as far as its task has got with it.
enum TaskLease {
    None,
    /// A lease that was claimed before the task began, and that the task does not use yet.
    Reserved(Box<LeaseGuard>),
    /// The task works under this epoch, and renews the lease.
    Working(u64),
}

impl ProjectionTask {
    /// Prepares a projection; `now` is the head at the start of the runner. A model that begins at the
    /// head is claimed before this returns: once the store knows its beginning, the model begins there
    /// even if this process ends before it follows.
    ///
    /// # Errors
    ///
    /// The store cannot be reached.
    pub(super) async fn new(
        pipeline: Pipeline,
        config: RunnerConfig,
        head: Horizon,
    ) -> Result<Self, ReadError> {
        let processor = pipeline.processor();
        let model = processor.model();
        let holder = LeaseHolder::new(&*processor, head, &config);
        let lease = if processor.starts_at_head() {
            let claimed = claim_first(&holder).await?;
            claimed.map_or(TaskLease::None, |claimed| {
                TaskLease::Reserved(Box::new(claimed))
            })
        } else {
            TaskLease::None
        };
        let state = TaskState {
            status: Status::new(&model),
            observation: Observation::default(),
            lease,
            tasks: Some(Vec::new()),
        };
        Ok(Self {
            head: config.bus.log().watch(),
            home: Home::here(),
            following: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
            holder,
            pipeline,
            model,
            config,
        })
    }

    pub(super) fn start(self) -> Arc<Self> {
        let this = Arc::new(self);
        let task = this.spawn(Arc::clone(&this).supervise(None));
        this.register(task.handle());
        let following = this.following.try_lock();
        *following.expect("nobody else has the task yet") = Some(task);
        this
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn status(&self) -> Status {
        self.state().status.clone()
    }

    /// Whether a runtime still runs the tasks. A projection that has stopped is reported by its status
    /// instead.
    pub(super) fn task_health(&self) -> Health {
        let state = self.state();
        let has_stopped = matches!(state.status.state, RunState::Stopped(_));
        let tasks = state.tasks.as_deref().unwrap_or_default();
        if has_stopped || tasks.is_empty() || !tasks.iter().all(TaskHandle::has_ended) {
            return Health::Healthy;
        }
        let model = self.model();
        Health::Failing(format!(
            "nothing runs {model} any more: its runtime has ended"
        ))
    }

    pub(super) fn set_stalled_for(&self, stalled_for: Option<Duration>) {
        self.update(|status| status.stalled_for = stalled_for);
    }

    pub(super) async fn rebuild(self: &Arc<Self>) -> Result<(), ProjectionError> {
        if self.model().tables.is_empty() {
            let message = format!(
                "{} keeps tables of its own; raise its version to build it anew",
                self.model()
            );
            return Err(MaintainError::unsupported(message).into());
        }
        let this = Arc::clone(self);
        let task = self.spawn(async move {
            let rebuilt = this.run_rebuild().await;
            this.update(|status| status.rebuilding = None);
            rebuilt
        });
        self.register(task.handle());
        match task.await {
            Ok(rebuilt) => rebuilt,
            Err(error @ TaskError::Panicked(_)) => {
                Err(MaintainError::from(task_error("the rebuild ended", &error)).into())
            }
            Err(TaskError::Dropped) => {
                Err(MaintainError::unsupported("the runner was stopped").into())
            }
        }
    }

    async fn run_rebuild(self: &Arc<Self>) -> Result<(), ProjectionError> {
        let config = &self.config;
        let claimed = self.holder.claim_rebuild().await?;
        let opening = Cursor::open(&self.pipeline, Generation::Rebuilding, config, claimed);
        let mut cursor = opening.await?;
        let mut rate = Rate::new(config.environment.instant());
        loop {
            let step = cursor.step().await?;
            let now = config.environment.instant();
            self.update(|status| {
                status.rebuilding = Some(step.seen.position());
                status.rate = rate.count(&step, now);
            });
            if step.at_head {
                break;
            }
        }
        // The task that reads the log ends here, so a new one has to begin, also if the switch fails.
        let mut following = self.following.lock().await;
        abort_and_join(following.take()).await;
        let switched = switch(&mut cursor).await;
        let cursor = switched.is_ok().then(|| {
            let epoch = cursor.checkpoint().epoch;
            // Set here, so that the lease is released even if the new task ends before its first poll.
            self.set_epoch(epoch);
            (cursor, self.holder.start_heartbeat(epoch))
        });
        let task = self.spawn(Arc::clone(self).supervise(cursor));
        self.register(task.handle());
        *following = Some(task);
        switched
    }

    pub(super) async fn remove_older(&self) -> Result<Vec<u32>, MaintainError> {
        let models = &self.config.models;
        models.remove_older(self.model().id.clone()).await
    }

    /// Ends the tasks, waits for the one that follows, and releases the lease.
    pub(super) async fn stop(&self) {
        self.abort();
        abort_and_join(self.following.lock().await.take()).await;
        match self.take_lease() {
            TaskLease::None => (),
            TaskLease::Reserved(lease_guard) => lease_guard.release(RunState::Idle).await,
            TaskLease::Working(epoch) => self.holder.release(epoch, RunState::Idle).await,
        }
    }

    /// Ends the tasks and releases the lease without waiting for either.
    pub(super) fn stop_in_background(&self) {
        self.abort();
        match self.take_lease() {
            TaskLease::None => (),
            TaskLease::Reserved(lease_guard) => drop(lease_guard),
            TaskLease::Working(epoch) => self.holder.release_in_background(epoch),
        }
    }

    fn abort(&self) {
        let tasks = self.state().tasks.take();
        for task in tasks.into_iter().flatten() {
            task.abort();
        }
    }

    /// Adds a task that ends with the others; it ends at once if they were ended while it was made.
    fn register(&self, task: &TaskHandle) {
        match &mut self.state().tasks {
            Some(tasks) => {
                tasks.retain(|task| !task.has_ended());
                tasks.push(task.clone());
            }
            None => task.abort(),
        }
    }

    fn state(&self) -> MutexGuard<'_, TaskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.state().status);
    }

    fn set_epoch(&self, epoch: u64) {
        self.state().lease = TaskLease::Working(epoch);
    }

    /// The lease that was claimed before the task began, which the task works under from now on.
    fn use_claim(&self) -> Option<LeaseGuard> {
        let lease = &mut self.state().lease;
        let epoch = lease.epoch()?;
        match std::mem::replace(lease, TaskLease::Working(epoch)) {
            TaskLease::Reserved(lease_guard) => Some(*lease_guard),
            TaskLease::None | TaskLease::Working(_) => None,
        }
    }

    /// The lease, which the caller has to release.
    fn take_lease(&self) -> TaskLease {
        std::mem::replace(&mut self.state().lease, TaskLease::None)
    }

    fn environment(&self) -> &dyn Environment {
        &*self.config.environment
    }

    fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Task<T> {
        let _entered = self.home.enter();
        environment::spawn(self.environment(), Lane::Work, task)
    }

    /// Follows the log until a permanent failure, and stands by while another runner follows it.
    async fn supervise(self: Arc<Self>, mut cursor: Option<(Cursor, Heartbeat)>) {
        let mut backoff = MIN_BACKOFF;
        loop {
            let from = self.status().position;
            let following = Box::pin(self.follow(cursor.take()));
            let Err(error) = catch_panic(following, from).await;
            if is_taken_over(&error) {
                tracing::warn!(projection = %self.model, "another runner has taken a projection over");
                self.take_lease();
                continue;
            }
            if error.class() != ErrorClass::Transient {
                return self.give_up(&error).await;
            }
            if self.status().position.offset() > from.offset() {
                backoff = MIN_BACKOFF;
            }
            let reason = with_causes(&error);
            tracing::warn!(projection = %self.model, error = reason, ?backoff, "a projection tries again");
            self.report(RunState::Retrying(reason)).await;
            sleep(self.environment(), backoff).await;
            backoff = MAX_BACKOFF.min(backoff * 2);
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
        self.set_epoch(cursor.checkpoint().epoch);
        self.update(|status| {
            status.position = cursor.seen().position();
            status.parked = cursor.parked().len() as u64;
            if status.state == RunState::Standby {
                // The model stood in the other runner.
                status.stalled_for = None;
            }
        });
        tracing::info!(projection = %self.model, position = %cursor.seen().position(), "a projection follows");
        self.report(RunState::Running).await;
        heartbeat.run_while_held(self.step_forever(cursor)).await
    }

    /// Opens a cursor once the projection has its lease.
    async fn open(&self) -> Result<(Cursor, Heartbeat), ProjectionError> {
        let lease_guard = match self.use_claim() {
            Some(lease_guard) => lease_guard,
            None => self.wait_for_lease().await?,
        };
        let (progress, heartbeat) = lease_guard.into_parts();
        self.observe(&progress);
        let config = &self.config;
        let opening = Cursor::open(&self.pipeline, Generation::Serving, config, progress);
        Ok((opening.await?, heartbeat))
    }

    async fn wait_for_lease(&self) -> Result<LeaseGuard, ProjectionError> {
        let report = |progress: &Progress| self.report_standby(progress);
        let lease_guard = self.holder.stand_by(report).await?;
        self.set_epoch(lease_guard.epoch());
        Ok(lease_guard)
    }

    /// Shows in the status the progress of the runner that has the lease.
    fn report_standby(&self, progress: &Progress) {
        let stalled_for = self.observe(progress);
        self.update(|status| {
            status.state = RunState::Standby;
            status.position = progress.checkpoint.at.position();
            status.parked = progress.parked;
            status.stalled_for = (stalled_for >= STALL).then_some(stalled_for);
        });
    }

    /// Counts the takeovers without progress, and returns how long the model has been at its position
    /// while events wait.
    fn observe(&self, progress: &Progress) -> Duration {
        let (head, now) = (self.head.head(), self.environment().instant());
        let state = &mut *self.state();
        state.observation.record(progress, head, now);
        state.status.takeovers = state.observation.takeovers();
        state.observation.stalled_for(now)
    }

    async fn step_forever(&self, mut cursor: Cursor) -> Result<Infallible, ProjectionError> {
        let mut rate = Rate::new(self.environment().instant());
        loop {
            let step = cursor.step().await?;
            let now = self.environment().instant();
            self.update(|status| {
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

    /// Sets the state here and, under a lease, in the store, where other processes read it.
    async fn report(&self, run_state: RunState) {
        let lease = {
            let mut state = self.state();
            state.status.state = run_state.clone();
            state.lease.epoch()
        };
        let Some(epoch) = lease else {
            return;
        };
        let writer = Writer::new(self.model.id.clone(), Generation::Serving, epoch);
        let reported = self.config.models.report(writer, run_state);
        if let Err(error) = reported.await {
            let error = with_causes(&error);
            tracing::warn!(projection = %self.model, error, "its state could not be written down");
        }
    }

    /// Stops permanently, and releases the lease. Each standby then tries once, since another process may have
    /// other code.
    async fn give_up(&self, error: &ProjectionError) {
        let reason = with_causes(error);
        tracing::error!(projection = %self.model, error = reason, "a projection has stopped");
        let state = RunState::Stopped(reason.clone());
        self.update(|status| status.state = state.clone());
        match self.take_lease().epoch() {
            Some(epoch) => self.holder.release(epoch, state).await,
            None => self.holder.record_refusal(reason).await,
        }
    }
}

impl TaskLease {
    fn epoch(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Reserved(lease_guard) => Some(lease_guard.epoch()),
            Self::Working(epoch) => Some(*epoch),
        }
    }
}

/// Claims a model before its task begins, unless another runner has it: then the store already knows
/// where the model begins. A permanent error is left to the task, which meets and reports it again.
async fn claim_first(holder: &LeaseHolder) -> Result<Option<LeaseGuard>, ReadError> {
    match holder.claim(None).await {
        Ok(claimed) => Ok(claimed.ok()),
        Err(error) if error.class() != ErrorClass::Transient => Ok(None),
        Err(ClaimError::Store(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

fn is_taken_over(error: &ProjectionError) -> bool {
    matches!(
        error,
        ProjectionError::Claim(ClaimError::TakenOver { .. })
            | ProjectionError::Write(WriteError::TakenOver { .. })
    )
}

async fn switch(cursor: &mut Cursor) -> Result<(), ProjectionError> {
    while !cursor.switch().await? {
        cursor.step().await?;
    }
    tracing::info!(projection = %cursor.model(), "a rebuilt model is in use");
    Ok(())
}

async fn abort_and_join(task: Option<Task<()>>) {
    if let Some(task) = task {
        task.handle().abort();
        // It was aborted, or had ended.
        let _ = task.await;
    }
}
