//! Trying parked keys again, between the batches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::panic::contained;
use super::super::parked::Due;
use super::super::{BatchResult, ProjectionError, RetryRequest};
use super::{Cursor, Step};
use crate::bus::{EventBatch, PublishedPage};
use crate::read_model::{Generation, Parking, SelectParked};
use crate::store::{Freshness, Horizon, ReadLog, check_history};
use crate::values::Position;

/// How often it is looked whether another process has unparked a key.
const LOOK: Duration = Duration::from_secs(1);
/// It is not looked more often than that, however often models move here.
const PAUSE: Duration = Duration::from_millis(50);
/// Nor for more than a tenth of the time: among thousands of keys that were unparked and fail still,
/// a look takes long.
const PAUSES: u32 = 9;

/// When it is looked whether somebody has unparked a key.
pub(super) struct Looking {
    soonest: Instant,
    at: Instant,
}

impl Looking {
    pub(super) fn new(now: Instant) -> Self {
        Self::after(Duration::ZERO, now)
    }

    /// After a look that took so long.
    fn after(took: Duration, looked: Instant) -> Self {
        Self {
            soonest: looked + PAUSE.max(took * PAUSES),
            at: looked + LOOK,
        }
    }

    /// When it is to be looked next.
    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// Something moved here.
    pub(super) fn soon(&mut self) {
        self.at = self.at.min(self.soonest);
    }
}

impl Cursor {
    /// Looks whether somebody has unparked a key, if it is time to.
    pub(super) async fn look(&mut self) -> Result<(), ProjectionError> {
        if !self.looks() || self.looking.at() > self.now() {
            return Ok(());
        }
        let began = self.now();
        let (table, select) = (self.model.known_as(), SelectParked::Unparked);
        let (_, unparked) = self.models.parked(table, self.generation, select).await?;
        let now = self.now();
        for parked in unparked {
            self.parked.hurry(&parked, now);
        }
        self.looking = Looking::after(now.saturating_duration_since(began), now);
        Ok(())
    }

    /// Whether anything can be unparked.
    pub(super) fn looks(&self) -> bool {
        self.generation == Generation::Serving && !self.parked.is_empty()
    }

    /// Tries the first events that wait behind a key, at most a page of them.
    pub(super) async fn retry(&mut self, due: Due) -> Result<Step, ProjectionError> {
        // What was queued just now is among them then, and no row is held back.
        if !self.flush().await? {
            return Ok(self.stepped(0));
        }
        self.check_history().await?;
        let (table, key) = (self.model.known_as(), &due.key);
        let page = self.page_of(&due);
        let waiting =
            self.models
                .waiting(table, self.generation, key.clone(), page.saturating_add(1));
        let mut waiting = waiting.await?;
        let more = waiting.split_off(waiting.len().min(page));
        let Some(batch) = self.waiting(&waiting, &due).await? else {
            self.parked.free(key);
            return Ok(self.stepped(0));
        };
        if self.work.has_effects() && !batch.is_empty() {
            self.begin_retry(&due, waiting[0]).await?;
        }
        let mut changes = self.tried(&due, &waiting, &batch).await?;
        let done = changes
            .parking
            .iter()
            .rev()
            .find_map(|parking| match parking {
                Parking::Done { through, .. } => Some(*through),
                _ => None,
            });
        let is_left = |at: &&Position| done.is_none_or(|done| at.offset() > done.offset());
        match waiting.iter().chain(&more).find(is_left) {
            Some(next) if done.is_some() => self.parked.goes_on(key, *next, self.now()),
            Some(_) => (),
            None => {
                self.parked.free(key);
                tracing::info!(projection = %self.model, position = %self.seen.position(), "a key is free again");
            }
        }
        let now = (self.environment.now(), self.now());
        self.parked.note(&self.model, &mut changes.parking, now)?;
        self.commit(changes).await?;
        // At a quiet head nothing else would wait for the write, nor learn that it failed.
        self.settle().await?;
        Ok(self.stepped(0))
    }

    /// Whether the log still has what was seen of it. The events that wait are known by their positions
    /// alone, at which another history has other events.
    async fn check_history(&mut self) -> Result<(), ProjectionError> {
        let checked = check_history(&**self.bus.log(), self.seen).await;
        checked.map_err(|error| self.unread(error))
    }

    /// How many events are tried at once: what failed before is tried alone, and so is what cannot be
    /// undone.
    fn page_of(&self, due: &Due) -> usize {
        if due.attempts == 0 && !self.work.has_effects() {
            self.page.max(1)
        } else {
            1
        }
    }

    /// The first of the events that wait.
    async fn waiting(
        &mut self,
        waiting: &[Position],
        due: &Due,
    ) -> Result<Option<EventBatch>, ProjectionError> {
        let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else {
            return Ok(None);
        };
        let limit = self.page_of(due);
        let before = Position::new(first.offset().get().saturating_sub(1)).in_log(first.log());
        let after = Horizon::unchecked(before);
        let read = ReadLog::new(self.work.query()).after(after).limit(limit);
        // A leader that was replaced may lack events that were seen before they waited.
        let read = read.freshness(Freshness::AtLeast(*last));
        let page = self.bus.log().read(read).await;
        let page = page.map_err(|error| self.unread(error))?;
        page.check_order(after)?;
        let carried = Arc::new(PublishedPage::new(after, page));
        Ok(Some(EventBatch::at(carried, waiting)))
    }

    /// Counts, before an event is delivered once more, that this is begun: a process that is killed over
    /// it cannot do so. A runner that was taken over is refused here.
    async fn begin_retry(&mut self, due: &Due, first: Position) -> Result<(), ProjectionError> {
        let behind = SelectParked::Behind { first, last: first };
        let table = self.model.known_as();
        let (_, parked) = self.models.parked(table, self.generation, behind).await?;
        let begun = parked.into_iter().map(|parked| Parking::Failed {
            key: parked.key,
            position: first,
            reason: parked.reason,
            attempts: due.attempts.saturating_add(1),
            next_attempt: parked.next_attempt,
        });
        let mut changes = BatchResult::default();
        changes.parking.extend(begun);
        self.write(changes).await?;
        Ok(())
    }

    async fn tried(
        &mut self,
        due: &Due,
        waiting: &[Position],
        batch: &EventBatch,
    ) -> Result<BatchResult, ProjectionError> {
        let key = &due.key;
        if batch.is_empty() {
            // They mean nothing to it any more.
            let is_read = |at: &&Position| at.offset() <= batch.through().position().offset();
            let through = waiting.iter().rev().find(is_read).copied();
            let mut changes = BatchResult::default();
            changes.parking.extend(through.map(|through| Parking::Done {
                key: key.clone(),
                through,
            }));
            return Ok(changes);
        }
        let retry = RetryRequest {
            key,
            batch,
            attempt: due.attempts.saturating_add(1),
        };
        let (work, generation, models) = (&mut self.work, self.generation, &*self.models);
        let tried = async { work.retry(retry, generation, models).await };
        contained(Box::pin(tried), self.seen.position()).await
    }
}
