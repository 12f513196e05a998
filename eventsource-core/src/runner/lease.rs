//! Claiming, renewing and releasing the lease of a model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::heartbeat::{Heartbeat, task_error};
use super::lease_guard::LeaseGuard;
use super::{BatchProcessor, ProjectionError, RunnerConfig};
use crate::read_model::{
    Claim, ClaimError, ClaimOutcome, Generation, Lease, Model, ModelNotFound, ModelWatch, Progress,
    ReadModelError, ReadModelStore, RunState, Writer,
};
use crate::store::{ErrorClass, Horizon, LogId};
use crate::values::environment::{self, Task, sleep, timeout_at};
use crate::values::error_text::with_causes;
use crate::values::{Environment, Lane};

/// A standby checks the lease this often within its time to live.
const CHECKS: u32 = 10;
/// The holder renews the lease this often within its time to live.
const HEARTBEATS: u32 = 4;
/// The limits of both intervals, for any time to live.
const MIN_INTERVAL: Duration = Duration::from_millis(1);
const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Changes of models in this process wake a standby no more often than this.
const MIN_WAKE_INTERVAL: Duration = Duration::from_millis(10);

/// One runner of one model, with an id of its own under which it claims the lease.
#[derive(Clone)]
pub(super) struct LeaseHolder {
    models: Arc<dyn ReadModelStore>,
    model: Model,
    source: LogId,
    /// The horizon at which a new model begins.
    start: Horizon,
    owner: Uuid,
    ttl: Duration,
    environment: Arc<dyn Environment>,
    /// A lease that has expired, while the store fails to grant it.
    expired: Arc<Mutex<Option<Lease>>>,
}

/// The lease of another runner after checks during its time to live.
enum ObservedLease {
    /// It was released.
    Free,
    /// No heartbeat came.
    Expired(Lease),
    /// A heartbeat came, or another runner took over.
    Renewed(Lease),
}

impl LeaseHolder {
    /// Holds no lease yet; `head` is the end of the log at the start of the runner.
    pub(super) fn new(
        processor: &dyn BatchProcessor,
        head: Horizon,
        config: &RunnerConfig,
    ) -> Self {
        Self {
            models: Arc::clone(&config.models),
            model: processor.model(),
            source: config.bus.log().log_id(),
            start: if processor.starts_at_head() {
                head
            } else {
                Horizon::START
            },
            owner: config.environment.uuid(),
            ttl: config.ttl,
            environment: Arc::clone(&config.environment),
            expired: Arc::default(),
        }
    }

    pub(super) fn environment(&self) -> &dyn Environment {
        &*self.environment
    }

    /// Waits for the lease of the serving generation, and claims it; `report` gets the progress at each
    /// check. If the store fails while it should grant an expired lease, the next call claims that lease
    /// at once, and does not wait for it to expire once more.
    pub(super) async fn stand_by(
        &self,
        report: impl Fn(&Progress),
    ) -> Result<LeaseGuard, ProjectionError> {
        loop {
            let expired = self.expired().clone();
            let mut lease = match self.claim(expired).await? {
                Ok(lease_guard) => {
                    *self.expired() = None;
                    return Ok(lease_guard);
                }
                Err(lease) => lease,
            };
            let expired = loop {
                match self.observe(lease, &report).await? {
                    ObservedLease::Free => break None,
                    ObservedLease::Expired(lease) => break Some(lease),
                    ObservedLease::Renewed(renewed) => lease = renewed,
                }
            };
            *self.expired() = expired;
        }
    }

    fn expired(&self) -> MutexGuard<'_, Option<Lease>> {
        self.expired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims the lease of the serving generation, and waits only for a lease that is not renewed.
    ///
    /// # Errors
    ///
    /// [`ProjectionError::Held`] if a living runner has the lease.
    pub(super) async fn acquire(&self) -> Result<LeaseGuard, ProjectionError> {
        let mut expired = None;
        loop {
            let lease = match self.claim(expired).await? {
                Ok(lease_guard) => return Ok(lease_guard),
                Err(lease) => lease,
            };
            expired = match self.observe(lease, &|_| ()).await? {
                ObservedLease::Free => None,
                ObservedLease::Expired(lease) => Some(lease),
                ObservedLease::Renewed(lease) => return Err(self.held_error(&lease)),
            };
        }
    }

    /// Begins a rebuild, in place of any other one.
    pub(super) async fn claim_rebuild(&self) -> Result<Progress, ProjectionError> {
        match self.try_claim(Generation::Rebuilding, None).await? {
            ClaimOutcome::Granted(progress) => Ok(progress),
            ClaimOutcome::Denied(lease) => Err(self.held_error(&lease)),
        }
    }

    /// Claims the lease of the serving generation once; `Err` in the result is the lease of another
    /// runner. A task does it, so that a lease that is granted after the caller has gone is renewed and
    /// then released.
    pub(super) async fn claim(
        &self,
        expired: Option<Lease>,
    ) -> Result<Result<LeaseGuard, Lease>, ClaimError> {
        let holder = self.clone();
        let claiming = async move {
            Ok(
                match holder.try_claim(Generation::Serving, expired).await? {
                    ClaimOutcome::Granted(progress) => Ok(LeaseGuard::new(holder, progress)),
                    ClaimOutcome::Denied(lease) => Err(lease),
                },
            )
        };
        let claimed = environment::spawn(self.environment(), Lane::Heartbeat, claiming).await;
        claimed
            .unwrap_or_else(|error| Err(task_error("the lease cannot be claimed", &error).into()))
    }

    async fn try_claim(
        &self,
        generation: Generation,
        expired: Option<Lease>,
    ) -> Result<ClaimOutcome, ClaimError> {
        let mut claim = Claim::new(self.model.clone(), generation, self.source, self.owner);
        claim.start = self.start;
        claim.ttl = self.ttl;
        claim.seen = expired;
        self.models.claim(claim).await
    }

    /// Checks a lease until it changes or has expired. Checks are counted instead of time: while this
    /// process was suspended it saw no heartbeat, and the holder may have been suspended with it.
    async fn observe(
        &self,
        lease: Lease,
        report: &impl Fn(&Progress),
    ) -> Result<ObservedLease, ReadModelError> {
        let mut changes = self.models.watch_models();
        for check in 0.. {
            let progress = self.progress().await?;
            report(&progress);
            match progress.lease {
                None => return Ok(ObservedLease::Free),
                Some(now) if now != lease => return Ok(ObservedLease::Renewed(now)),
                Some(_) if check == CHECKS => break,
                Some(_) => self.pause(&mut changes, lease.ttl / CHECKS).await?,
            }
        }
        Ok(ObservedLease::Expired(lease))
    }

    /// Waits until the next check, or until the lease is released.
    async fn pause(
        &self,
        changes: &mut ModelWatch,
        interval: Duration,
    ) -> Result<(), ReadModelError> {
        let environment = self.environment();
        let end = environment.instant() + interval.clamp(MIN_INTERVAL, MAX_INTERVAL);
        // The condition ends the wait even if models change all the time.
        while environment.instant() < end {
            match timeout_at(environment, end, changes.changed()).await {
                Some(true) if self.progress().await?.lease.is_none() => break,
                Some(true) => {
                    let wake = environment.instant() + MIN_WAKE_INTERVAL;
                    environment.sleep_until(end.min(wake)).await;
                }
                Some(false) => environment.sleep_until(end).await,
                None => break,
            }
        }
        Ok(())
    }

    async fn progress(&self) -> Result<Progress, ReadModelError> {
        let id = self.model.id.clone();
        let progress = self.models.progress(id, Generation::Serving);
        // The model existed when the claim was denied. It was removed since, and must not come back.
        let removed = || ModelNotFound::new(&self.model).into();
        progress.await?.ok_or_else(removed)
    }

    pub(super) fn start_heartbeat(&self, epoch: u64) -> Heartbeat {
        Heartbeat::start(self.environment(), self.clone().renew(epoch))
    }

    /// Renews the lease until another runner has taken it over.
    async fn renew(self, epoch: u64) -> ClaimError {
        let interval = (self.ttl / HEARTBEATS).clamp(MIN_INTERVAL, MAX_INTERVAL);
        loop {
            sleep(self.environment(), interval).await;
            let renewed = self.models.heartbeat(self.writer(epoch));
            if let Err(error) = renewed.await
                && error.class() != ErrorClass::Transient
            {
                return error;
            }
        }
    }

    /// Releases the lease, unless another runner has taken it over. A task in the lane of the heartbeats does
    /// it: the lease is not renewed any more, so user code that blocks the runtime would keep the other runners
    /// waiting until the lease expires.
    pub(super) async fn release(&self, epoch: u64, state: RunState) {
        // The task is only dropped if the process ends, and then the lease expires.
        let _ = self.start_release(epoch, state).await;
    }

    /// Releases the lease in a task, without waiting for it.
    pub(super) fn release_in_background(&self, epoch: u64) {
        drop(self.start_release(epoch, RunState::Idle));
    }

    fn start_release(&self, epoch: u64, state: RunState) -> Task<()> {
        let holder = self.clone();
        let releasing = async move { holder.try_release(epoch, state).await };
        environment::spawn(self.environment(), Lane::Heartbeat, releasing)
    }

    async fn try_release(&self, epoch: u64, state: RunState) {
        let released = self.models.release(self.writer(epoch), state);
        if let Err(error) = released.await {
            let error = with_causes(&error);
            tracing::warn!(projection = %self.model, error, "its lease could not be given up");
        }
    }

    /// Stores why this runner stopped before it had the lease, unless another runner has the lease.
    pub(super) async fn record_refusal(&self, reason: String) {
        let id = self.model.id.clone();
        let progress = self.models.progress(id, Generation::Serving);
        if let Ok(Some(Progress {
            lease: None,
            checkpoint,
            ..
        })) = progress.await
        {
            self.release(checkpoint.epoch, RunState::Stopped(reason))
                .await;
        }
    }

    fn writer(&self, epoch: u64) -> Writer {
        Writer::new(self.model.id.clone(), Generation::Serving, epoch)
    }

    fn held_error(&self, lease: &Lease) -> ProjectionError {
        ProjectionError::Held {
            model: self.model.to_string(),
            owner: lease.owner,
        }
    }
}
