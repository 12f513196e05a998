//! The retries of parked keys, between the batches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::panic::catch_panic;
use super::super::parked::DueRetry;
use super::super::{BatchResult, ProjectionError, RetryRequest};
use super::{Cursor, StepOutcome};
use crate::bus::{EventBatch, PublishedPage};
use crate::read_model::{Generation, Parking, SelectParked};
use crate::store::{Freshness, Horizon, ReadLog, check_history};
use crate::values::Position;

/// The time between two checks whether another process has unparked a key.
const INTERVAL: Duration = Duration::from_secs(1);
/// A change of a model in this process brings the next check forward, up to this time after the last.
const MIN_INTERVAL: Duration = Duration::from_millis(50);
/// The rest after a check, as a multiple of the time it took. With thousands of keys that were unparked
/// and still fail, a check takes long; this limits the checks to a tenth of the time.
const REST: u32 = 9;

/// The times of the next check whether a user has unparked a key.
pub(super) struct UnparkCheck {
    earliest: Instant,
    next: Instant,
}

impl UnparkCheck {
    pub(super) fn new(now: Instant) -> Self {
        Self::after(Duration::ZERO, now)
    }

    /// The times after a check of this duration, which has ended `now`.
    fn after(duration: Duration, now: Instant) -> Self {
        Self {
            earliest: now + MIN_INTERVAL.max(duration * REST),
            next: now + INTERVAL,
        }
    }

    /// The time of the next check.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Moves the next check to the earliest time, since a model has changed.
    pub(super) fn bring_forward(&mut self) {
        self.next = self.next.min(self.earliest);
    }
}

impl Cursor {
    /// Checks whether a user has unparked keys, if a check is due.
    pub(super) async fn check_unparked(&mut self) -> Result<(), ProjectionError> {
        if !self.can_be_unparked() || self.unpark_check.next() > self.now() {
            return Ok(());
        }
        let began = self.now();
        let (id, select) = (self.model.id.clone(), SelectParked::Unparked);
        let (_, unparked) = self.models.parked(id, self.generation, select).await?;
        let now = self.now();
        for parked in unparked {
            self.parked.unpark(&parked, now);
        }
        let duration = now.saturating_duration_since(began);
        self.unpark_check = UnparkCheck::after(duration, now);
        Ok(())
    }

    /// Whether the model has a key that a user can unpark.
    pub(super) fn can_be_unparked(&self) -> bool {
        self.generation == Generation::Serving && !self.parked.is_empty()
    }

    /// Retries the first events that wait behind a key, at most a page of them.
    pub(super) async fn retry(&mut self, due: DueRetry) -> Result<StepOutcome, ProjectionError> {
        // Stores the events that were queued last, and leaves no row deferred.
        if !self.flush().await? {
            return Ok(self.outcome(0));
        }
        self.check_history().await?;
        let (id, key) = (self.model.id.clone(), &due.key);
        let page = self.page_of(&due);
        let limit = page.saturating_add(1);
        let waiting = self.models.waiting(id, self.generation, key.clone(), limit);
        let mut waiting = waiting.await?;
        let more = waiting.split_off(waiting.len().min(page));
        let Some(batch) = self.read_waiting(&waiting, &due).await? else {
            self.parked.remove(key);
            return Ok(self.outcome(0));
        };
        if self.processor.has_effects() && !batch.is_empty() {
            self.record_attempt(&due, waiting[0]).await?;
        }
        let mut changes = self.retry_events(&due, &waiting, &batch).await?;
        let done = changes
            .parking
            .iter()
            .rev()
            .find_map(|parking| match parking {
                Parking::Done { through, .. } => Some(*through),
                _ => None,
            });
        let still_waits = |at: &&Position| done.is_none_or(|done| at.offset() > done.offset());
        match waiting.iter().chain(&more).find(still_waits) {
            Some(next) if done.is_some() => self.parked.advance(key, *next, self.now()),
            Some(_) => (),
            None => {
                self.parked.remove(key);
                tracing::info!(projection = %self.model, position = %self.seen.position(), "a key is free again");
            }
        }
        let now = (self.environment.now(), self.now());
        self.parked.record(&self.model, &mut changes.parking, now)?;
        self.write_changes(changes).await?;
        // At a quiet head no later step would finish the write, or notice that it failed.
        self.finish_write().await?;
        Ok(self.outcome(0))
    }

    /// Checks that the log still has the history that was read. The events that wait are known only by
    /// their positions, at which another history has other events.
    async fn check_history(&mut self) -> Result<(), ProjectionError> {
        let checked = check_history(&**self.bus.log(), self.seen).await;
        checked.map_err(|error| self.read_error(error))
    }

    /// The number of events in a retry. An event that has failed before is retried alone, and so is
    /// each one with side effects, which cannot be undone.
    fn page_of(&self, due: &DueRetry) -> usize {
        if due.attempts == 0 && !self.processor.has_effects() {
            self.page.max(1)
        } else {
            1
        }
    }

    /// Reads the events at these positions; `None` if there are none.
    async fn read_waiting(
        &mut self,
        waiting: &[Position],
        due: &DueRetry,
    ) -> Result<Option<EventBatch>, ProjectionError> {
        let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else {
            return Ok(None);
        };
        let limit = self.page_of(due);
        let before = Position::new(first.offset().get().saturating_sub(1)).in_log(first.log());
        let after = Horizon::unchecked(before);
        let read = ReadLog::new(self.processor.query())
            .after(after)
            .limit(limit);
        // A leader that was replaced may lack events that were read before they waited.
        let read = read.freshness(Freshness::AtLeast(*last));
        let page = self.bus.log().read(read).await;
        let page = page.map_err(|error| self.read_error(error))?;
        page.check_order(after)?;
        let page = Arc::new(PublishedPage::new(after, page));
        Ok(Some(EventBatch::at(page, waiting)))
    }

    /// Counts an attempt before its side effects, since a process that crashes during them cannot count
    /// it afterwards. A runner that was taken over is refused here.
    async fn record_attempt(
        &mut self,
        due: &DueRetry,
        first: Position,
    ) -> Result<(), ProjectionError> {
        let select = SelectParked::Behind { first, last: first };
        let id = self.model.id.clone();
        let (_, parked) = self.models.parked(id, self.generation, select).await?;
        let attempted = parked.into_iter().map(|parked| Parking::Failed {
            key: parked.key,
            position: first,
            reason: parked.reason,
            attempts: due.attempts.saturating_add(1),
            next_attempt: parked.next_attempt,
        });
        let mut changes = BatchResult::default();
        changes.parking.extend(attempted);
        self.write_and_wait(changes).await?;
        Ok(())
    }

    async fn retry_events(
        &mut self,
        due: &DueRetry,
        waiting: &[Position],
        batch: &EventBatch,
    ) -> Result<BatchResult, ProjectionError> {
        let key = &due.key;
        if batch.is_empty() {
            // The query of the processor does not match these events any more.
            let is_read = |at: &&Position| at.offset() <= batch.through().position().offset();
            let through = waiting.iter().rev().find(is_read).copied();
            let mut changes = BatchResult::default();
            changes.parking.extend(through.map(|through| Parking::Done {
                key: key.clone(),
                through,
            }));
            return Ok(changes);
        }
        let request = RetryRequest {
            key,
            batch,
            attempt: due.attempts.saturating_add(1),
        };
        let (processor, generation, models) = (&mut self.processor, self.generation, &*self.models);
        let result = async { processor.retry(request, generation, models).await };
        catch_panic(Box::pin(result), self.seen.position()).await
    }
}
