//! A projection in a task of its own.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

use super::candidate::Candidate;
use super::contained::contained;
use super::status::Rate;
use super::{Cursor, Pipeline, ProjectionError, Setting, Status};
use crate::error_text::with_causes;
use crate::{ErrorClass, Model, Place, Progress, ReadModelError, RunState};

/// How long it is waited before the next try after a failure that may pass.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Supervised {
    run: Arc<Run>,
    /// The task that follows; held while another takes its place.
    following: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    /// `None` once they were ended.
    tasks: Mutex<Option<Vec<AbortHandle>>>,
    runtime: Handle,
}

/// What is run, and how it is doing.
struct Run {
    pipeline: Pipeline,
    model: Model,
    setting: Setting,
    candidate: Candidate,
    status: watch::Sender<Status>,
    /// Of the lease that it has; 0 if it has none.
    epoch: AtomicU64,
}

impl Supervised {
    pub(super) fn start(pipeline: Pipeline, setting: Setting) -> Self {
        let work = pipeline.work();
        let model = work.model();
        // Known without waiting: what happens after this is not missed by who begins now.
        let now = *setting.bus.store().watch().borrow();
        let run = Arc::new(Run {
            status: watch::Sender::new(Status::new(&model)),
            epoch: AtomicU64::new(0),
            candidate: Candidate::new(&*work, now, &setting),
            pipeline,
            model,
            setting,
        });
        let following = tokio::spawn(Arc::clone(&run).supervise(None));
        Self {
            tasks: Mutex::new(Some(vec![following.abort_handle()])),
            following: tokio::sync::Mutex::new(Some(following)),
            runtime: Handle::current(),
            run,
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.run.model
    }

    pub(super) fn status(&self) -> Status {
        self.run.status.borrow().clone()
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
        let task = tokio::spawn(async move {
            let rebuilt = this.rebuild_beside().await;
            this.run
                .status
                .send_modify(|status| status.rebuilding = None);
            rebuilt
        });
        self.keep(task.abort_handle());
        match task.await {
            Ok(rebuilt) => rebuilt,
            Err(_) => Err(ReadModelError::unsupported("the runner was stopped").into()),
        }
    }

    async fn rebuild_beside(&self) -> Result<(), ProjectionError> {
        let Run {
            pipeline,
            setting,
            candidate,
            status,
            ..
        } = &*self.run;
        let taken = candidate.take_beside().await?;
        let mut cursor = Cursor::open(pipeline, Place::Beside, setting, taken).await?;
        let mut rate = Rate::new();
        loop {
            let step = cursor.step().await?;
            status.send_modify(|status| {
                status.rebuilding = Some(step.seen);
                status.rate = rate.count(&step);
            });
            if step.at_head {
                break;
            }
        }
        // From here on somebody has to follow again, whatever happens.
        let mut following = self.following.lock().await;
        end(following.take()).await;
        let switched = switch(&mut cursor).await;
        let cursor = switched.is_ok().then_some(cursor);
        let task = tokio::spawn(Arc::clone(&self.run).supervise(cursor));
        self.keep(task.abort_handle());
        *following = Some(task);
        switched
    }

    pub(super) async fn remove_older(&self) -> Result<Vec<u32>, ReadModelError> {
        let models = &self.run.setting.models;
        models.remove_older(self.model().clone()).await
    }

    pub(super) async fn stop(&self) {
        self.abort();
        end(self.following.lock().await.take()).await;
        if let Some(epoch) = self.run.forget_lease() {
            let candidate = self.run.candidate.clone();
            candidate.release(epoch, RunState::Idle).await;
        }
    }

    /// The same for who cannot wait for it.
    pub(super) fn drop_behind(&self) {
        self.abort();
        if let Some(epoch) = self.run.forget_lease() {
            self.run.candidate.release_behind(&self.runtime, epoch);
        }
    }

    fn abort(&self) {
        for task in self.tasks().take().into_iter().flatten() {
            task.abort();
        }
    }

    /// Ends the task with the others; at once if they were ended while it was made.
    fn keep(&self, task: AbortHandle) {
        match &mut *self.tasks() {
            Some(tasks) => {
                tasks.retain(|task| !task.is_finished());
                tasks.push(task);
            }
            None => task.abort(),
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Option<Vec<AbortHandle>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Follows until a failure that does not pass, or stands by while another one follows.
    async fn supervise(self: Arc<Self>, mut cursor: Option<Cursor>) {
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
            if self.status.borrow().position > from {
                pause = FIRST_PAUSE;
            }
            let reason = with_causes(&error);
            tracing::warn!(projection = %self.model, error = reason, ?pause, "a projection tries again");
            self.report(RunState::Retrying(reason)).await;
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn follow(&self, cursor: Option<Cursor>) -> Result<Infallible, ProjectionError> {
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => self.open().await?,
        };
        let epoch = cursor.checkpoint().epoch;
        self.epoch.store(epoch, Ordering::Relaxed);
        self.status.send_modify(|status| {
            status.position = cursor.seen();
            status.parked = cursor.parked().len() as u64;
        });
        tracing::info!(projection = %self.model, position = %cursor.seen(), "a projection follows");
        self.report(RunState::Running).await;
        self.candidate.during(epoch, self.go(cursor)).await
    }

    /// Waits for the lease.
    async fn open(&self) -> Result<Cursor, ProjectionError> {
        let stand_by = |progress: &Progress| {
            self.status.send_modify(|status| {
                status.state = RunState::Standby;
                status.position = progress.checkpoint.position;
                status.parked = progress.parked;
            });
        };
        let tenure = self.candidate.stand_by(stand_by).await?;
        self.epoch.store(tenure.epoch(), Ordering::Relaxed);
        let taken = tenure.hand_over();
        Cursor::open(&self.pipeline, Place::Main, &self.setting, taken).await
    }

    async fn go(&self, mut cursor: Cursor) -> Result<Infallible, ProjectionError> {
        let mut rate = Rate::new();
        loop {
            let step = cursor.step().await?;
            self.status.send_modify(|status| {
                status.position = step.seen;
                status.parked = step.parked;
                status.longest_call = step.longest_call;
                if status.rebuilding.is_none() {
                    status.rate = rate.count(&step);
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
        let (model, models) = (self.model.clone(), &self.setting.models);
        let reported = models.report(model, Place::Main, epoch, state);
        if let Err(error) = reported.await {
            let error = with_causes(&error);
            tracing::warn!(projection = %self.model, error, "its state could not be written down");
        }
    }

    /// Gives up for good. Others may have other code, and try.
    async fn stop(&self, error: &ProjectionError) {
        let (reason, candidate) = (with_causes(error), self.candidate.clone());
        tracing::error!(projection = %self.model, error = reason, "a projection has stopped");
        let state = RunState::Stopped(reason.clone());
        self.status
            .send_modify(|status| status.state = state.clone());
        match self.forget_lease() {
            Some(epoch) => candidate.release(epoch, state).await,
            None => candidate.refused(reason).await,
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

async fn end(task: Option<JoinHandle<()>>) {
    if let Some(task) = task {
        task.abort();
        // It was aborted, or had ended.
        let _ = task.await;
    }
}
