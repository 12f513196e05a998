//! Who wants to write a model: waits for its lease, keeps it, and gives it up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::heartbeat::ended;
use super::lease_guard::LeaseGuard;
use super::{BatchProcessor, RunnerConfig};
use crate::read_model::{
    Claim, ClaimOutcome, Generation, Lease, Model, Progress, ReadModelError, ReadModelStore,
    RunState,
};
use crate::store::{ErrorClass, Horizon, LogId};
use crate::values::environment::{self, sleep, timeout_at};
use crate::values::error_text::with_causes;
use crate::values::{Environment, Lane};

/// How often a lease is looked at during its time to live.
const LOOKS: u32 = 10;
/// How often whoever has it says so during that time.
const BEATS: u32 = 4;
/// The shortest and the longest pause, whatever the time to live is.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_hours(24);
/// Models that move in this process wake whoever waits for one of them no more often than this.
const WAKE: Duration = Duration::from_millis(10);

/// A runner of one model, under an id of its own.
#[derive(Clone)]
pub(super) struct LeaseHolder {
    models: Arc<dyn ReadModelStore>,
    model: Model,
    source: LogId,
    /// Where the model begins, if it is not there yet.
    start: Horizon,
    owner: Uuid,
    ttl: Duration,
    environment: Arc<dyn Environment>,
    /// A lease that stood still for its time to live, while the store refuses to give it to us.
    expired: Arc<Mutex<Option<Lease>>>,
}

/// What came of looking at the lease of another for its time to live.
enum Seen {
    /// Nobody has it any more.
    Free,
    /// There was no sign of life.
    Still(Lease),
    /// There was one.
    Alive(Lease),
}

impl LeaseHolder {
    /// `now` is the head as it is when this runner is started.
    pub(super) fn new(work: &dyn BatchProcessor, now: Horizon, config: &RunnerConfig) -> Self {
        Self {
            models: Arc::clone(&config.models),
            model: work.model(),
            source: config.bus.log().log_id(),
            start: if work.begins_now() {
                now
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

    /// Takes the main place once it is free, and until then tells what it sees of it. Where the
    /// store fails over a lease that has expired, the next call claims that lease again: it does not
    /// wait once more as if its owner might be alive.
    pub(super) async fn stand_by(
        &self,
        look: impl Fn(&Progress),
    ) -> Result<LeaseGuard, ReadModelError> {
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
                match self.watch(lease, &look).await? {
                    Seen::Free => break None,
                    Seen::Still(lease) => break Some(lease),
                    Seen::Alive(now) => lease = now,
                }
            };
            *self.expired() = expired;
        }
    }

    fn expired(&self) -> MutexGuard<'_, Option<Lease>> {
        self.expired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the main place unless somebody is alive who has it.
    pub(super) async fn take(&self) -> Result<LeaseGuard, ReadModelError> {
        let mut seen = None;
        loop {
            let lease = match self.claim(seen).await? {
                Ok(lease_guard) => return Ok(lease_guard),
                Err(lease) => lease,
            };
            seen = match self.watch(lease, &|_| ()).await? {
                Seen::Free => None,
                Seen::Still(lease) => Some(lease),
                Seen::Alive(lease) => return Err(self.held(&lease)),
            };
        }
    }

    /// Begins anew beside, whoever did so before.
    pub(super) async fn take_beside(&self) -> Result<Progress, ReadModelError> {
        match self.ask(Generation::Rebuilding, None).await? {
            ClaimOutcome::Granted(progress) => Ok(progress),
            ClaimOutcome::Denied(lease) => Err(self.held(&lease)),
        }
    }

    /// Claims the main place, or tells who has it: in a task of its own, so that a lease that is
    /// given to somebody who does not wait for it any more is given up. The lease is renewed from
    /// there on, whatever keeps the caller from going on.
    pub(super) async fn claim(
        &self,
        seen: Option<Lease>,
    ) -> Result<Result<LeaseGuard, Lease>, ReadModelError> {
        let holder = self.clone();
        let claiming = async move {
            Ok(match holder.ask(Generation::Serving, seen).await? {
                ClaimOutcome::Granted(progress) => Ok(LeaseGuard::new(holder, progress)),
                ClaimOutcome::Denied(lease) => Err(lease),
            })
        };
        let claimed = environment::spawn(self.environment(), Lane::Heartbeat, claiming).await;
        claimed.unwrap_or_else(|error| Err(ended("the lease cannot be claimed", &error)))
    }

    async fn ask(
        &self,
        generation: Generation,
        seen: Option<Lease>,
    ) -> Result<ClaimOutcome, ReadModelError> {
        let mut claim = Claim::new(self.model.clone(), generation, self.source, self.owner);
        (claim.start, claim.ttl, claim.seen) = (self.start, self.ttl, seen);
        self.models.claim(claim).await
    }

    /// Looks at a lease until there is something to say. Looks are counted, and not the time: while
    /// this process was stopped it saw nothing, and whoever has the lease may have been stopped with
    /// it.
    async fn watch(&self, lease: Lease, look: &impl Fn(&Progress)) -> Result<Seen, ReadModelError> {
        let mut moved = self.models.watch_models();
        for looked in 0.. {
            let progress = self.progress().await?;
            look(&progress);
            match progress.lease {
                None => return Ok(Seen::Free),
                Some(now) if now != lease => return Ok(Seen::Alive(now)),
                Some(_) if looked == LOOKS => break,
                Some(_) => self.pause(&mut moved, lease.ttl / LOOKS).await?,
            }
        }
        Ok(Seen::Still(lease))
    }

    /// Lets the time until the next look go by, and less if nobody has the lease any more.
    async fn pause(
        &self,
        moved: &mut watch::Receiver<()>,
        pause: Duration,
    ) -> Result<(), ReadModelError> {
        let environment = self.environment();
        let end = environment.instant() + pause.clamp(SHORTEST, LONGEST);
        // However much moves meanwhile, this comes to an end.
        while environment.instant() < end {
            match timeout_at(environment, end, moved.changed()).await {
                Some(Ok(())) if self.progress().await?.lease.is_none() => break,
                Some(Ok(())) => {
                    let soon = environment.instant() + WAKE;
                    environment.sleep_until(end.min(soon)).await;
                }
                Some(Err(_)) => environment.sleep_until(end).await,
                None => break,
            }
        }
        Ok(())
    }

    async fn progress(&self) -> Result<Progress, ReadModelError> {
        let progress = self
            .models
            .progress_of(self.model.clone(), Generation::Serving);
        // It was there: somebody has removed it, and wants no other to build it again.
        progress.await?.ok_or_else(|| ReadModelError::NotFound {
            model: self.model.to_string(),
        })
    }

    /// Renews the lease until somebody else has taken it over.
    pub(super) async fn heartbeat(self, epoch: u64) -> ReadModelError {
        let pause = (self.ttl / BEATS).clamp(SHORTEST, LONGEST);
        loop {
            sleep(self.environment(), pause).await;
            let beaten = self
                .models
                .heartbeat(self.model.clone(), Generation::Serving, epoch);
            if let Err(error) = beaten.await
                && error.class() != ErrorClass::Transient
            {
                return error;
            }
        }
    }

    /// Gives it up, unless somebody else has it.
    pub(super) async fn release(self, epoch: u64, state: RunState) {
        let model = self.model.clone();
        let released = self
            .models
            .release(model, Generation::Serving, epoch, state);
        if let Err(error) = released.await {
            let error = with_causes(&error);
            tracing::warn!(projection = %self.model, error, "its lease could not be given up");
        }
    }

    /// The same for who cannot wait for it.
    pub(super) fn release_behind(&self, epoch: u64) {
        let release = self.clone().release(epoch, RunState::Idle);
        drop(environment::spawn(
            self.environment(),
            Lane::Heartbeat,
            release,
        ));
    }

    /// Notes why it was not let in, if there is nobody of whom something else is to be said.
    pub(super) async fn refused(&self, reason: String) {
        let progress = self
            .models
            .progress_of(self.model.clone(), Generation::Serving);
        if let Ok(Some(Progress {
            lease: None,
            checkpoint,
            ..
        })) = progress.await
        {
            let state = RunState::Stopped(reason);
            self.clone().release(checkpoint.epoch, state).await;
        }
    }

    fn held(&self, lease: &Lease) -> ReadModelError {
        ReadModelError::Held {
            model: self.model.to_string(),
            owner: lease.owner,
        }
    }
}
