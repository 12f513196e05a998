//! Projections as work for a runner.

use std::fmt;
use std::marker::PhantomData;

use super::batch_steps::{Queued, read, tried};
use super::buffer::{Buffer, Changed, PlacedStep};
use super::failure::Broken;
use super::follower::Follower;
use super::holding::Holding;
use super::pipeline_part::PipelinePart;
use super::{BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RetryRequest};
use crate::bus::EventBatch;
use crate::event::EventType;
use crate::future::BoxFuture;
use crate::projection::{EventProjection, EventRows, Key, RowProjection, TypedRows};
use crate::read_model::{
    Checkpoint, Generation, Model, ModelFingerprint, Parking, ReadModelStore, RowWrite,
};
use crate::store::{Filter, Query};
use crate::values::Position;

impl Pipeline {
    /// Runs the projection `P`.
    #[must_use]
    pub fn of<P: EventProjection>() -> ProjectionPipeline<P> {
        ProjectionPipeline {
            followers: Vec::new(),
            projection: PhantomData,
        }
    }
}

/// A projection, and those that follow it, to be run.
pub struct ProjectionPipeline<P> {
    followers: Vec<fn() -> Follower>,
    projection: PhantomData<fn() -> P>,
}

impl<P: EventProjection> ProjectionPipeline<P> {
    /// Runs `F` as well, on the changed rows of `P` and in the same transaction.
    #[must_use]
    pub fn followed_by<F: RowProjection<Source = P>>(mut self) -> Self {
        self.followers.push(Follower::of::<F>);
        self
    }
}

impl<P: EventProjection> From<ProjectionPipeline<P>> for Pipeline {
    fn from(pipeline: ProjectionPipeline<P>) -> Self {
        let rows = || -> Box<dyn EventRows> { Box::new(TypedRows::<P>::new()) };
        let source = EventSource {
            part: PipelinePart::of::<P>(),
            events: P::EVENTS,
            rows,
        };
        source.into_pipeline(pipeline.followers)
    }
}

/// A projection of events, as a value.
#[derive(Clone, Copy)]
struct EventSource {
    part: PipelinePart,
    events: &'static [&'static [EventType]],
    rows: fn() -> Box<dyn EventRows>,
}

impl EventSource {
    fn into_pipeline(self, followers: Vec<fn() -> Follower>) -> Pipeline {
        Pipeline::new(move || Stage {
            rows: Buffer::new(self.part.table(), (self.rows)(), !self.part.stop_on_error),
            source: self,
            followers: followers.iter().map(|follower| follower()).collect(),
            steps: Vec::new(),
            holding: Holding::default(),
        })
    }
}

const OTHER_KEYS: &str = "its key had more than 1024 bytes, and the key function gives other keys \
    now; raise the version of the projection";

/// The rows of one projection, and those that follow them. It knows no type of the user, so that it is
/// compiled once and not for each projection.
struct Stage {
    source: EventSource,
    rows: Buffer<dyn EventRows>,
    followers: Vec<Follower>,
    /// Those of the last batch, kept for their memory.
    steps: Vec<PlacedStep>,
    holding: Holding,
}

impl Stage {
    /// Takes a batch, and says what changes; or holds that back until more batches are taken.
    async fn take_batch(
        &mut self,
        batch: &EventBatch,
        parked: &ParkedKeys,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<BatchResult, ProjectionError> {
        read(batch, &mut *self.rows.values)?;
        let mut queued = Queued::behind(parked);
        let wanted = |key: &Key, step: &PlacedStep| !queued.takes(key, step.at);
        let known = self.rows.place(&mut self.steps, wanted);
        let mut parking = queued.into_parking();
        self.rows.load(known, generation, models).await?;
        let run = self.rows.run(&self.steps);
        run.map_err(|broken| broken.into_error(self.source.part.name))?;
        let holds = self.holding.holds(batch, self.rows.unwritten());
        if holds && parking.is_empty() && !self.rows.has_blocked() {
            return Ok(BatchResult::default());
        }
        let folded = self.collect(false, generation, models).await?;
        parking.extend(folded.parking);
        let mut changes = BatchResult::rows(folded.rows);
        changes.parking = parking;
        Ok(changes)
    }

    /// Asks for the unwritten batches once more, after one of their events failed: a row cannot be
    /// taken back by less than to where it is stored.
    fn again_if_ahead(
        &mut self,
        changes: Result<BatchResult, ProjectionError>,
        was_ahead: bool,
    ) -> Result<BatchResult, ProjectionError> {
        use ProjectionError as Error;
        match changes {
            Ok(changes) => Ok(changes),
            Err(error @ (Error::Models(_) | Error::Read(_))) => Err(error),
            Err(_) if was_ahead => {
                self.holding.pause();
                Ok(BatchResult::again())
            }
            Err(error) => Err(error),
        }
    }

    /// Says what changes by the steps that were run. Where events are tried `again` for one key, only
    /// the first of them is taken if those that follow fail with all.
    async fn collect(
        &mut self,
        again: bool,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Folded, ProjectionError> {
        let (mut changed, mut only) = (self.changed()?, None);
        let followed = loop {
            let failure = match self.follow(&changed, generation, models).await {
                Ok(followed) => break followed,
                Err(Broken::Failure(failure)) if !self.rows.is_ahead() => failure,
                Err(broken) => return Err(broken.into_error(self.source.part.name)),
            };
            let first = self.steps.first().map(|step| step.turn);
            if again && self.steps.last().map(|step| step.turn) != first {
                self.steps.retain(|step| Some(step.turn) == first);
                self.rows.undo()?;
                let run = self.rows.run(&self.steps);
                run.map_err(|broken| broken.into_error(self.source.part.name))?;
                (changed, only) = (self.changed()?, first);
            } else {
                let source = changed.remove(failure.turn);
                self.rows.block_whole(&source, failure.fault, &self.steps)?;
            }
        };
        let mut rows = Vec::with_capacity(changed.len());
        for (table, changed) in std::iter::once(&changed).chain(&followed).enumerate() {
            rows.extend(changed.iter().map(|changed| changed.write(table)));
        }
        let parking = self.rows.parking(&self.steps);
        self.rows.settle(&changed);
        for (follower, changed) in self.followers.iter_mut().zip(&followed) {
            follower.rows.settle(changed);
        }
        Ok(Folded {
            rows,
            parking,
            only,
        })
    }

    fn clear_steps(&mut self) {
        self.rows.values.clear_steps();
        self.steps.clear();
    }

    fn changed(&mut self) -> Result<Vec<Changed>, ProjectionError> {
        let changed = self.rows.changed(&self.steps);
        changed.map_err(|broken| broken.into_error(self.source.part.name))
    }

    /// What changes in the rows that follow; if one of them fails, nothing.
    async fn follow(
        &mut self,
        rows: &[Changed],
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Vec<Vec<Changed>>, Broken> {
        let Some(first) = self.followers.first() else {
            return Ok(Vec::new());
        };
        let changes = first.decode(self.rows.table(), rows)?;
        let mut followed = Vec::with_capacity(self.followers.len());
        for follower in &mut self.followers {
            match follower.follow(&changes, rows, generation, models).await {
                Ok(rows) => followed.push(rows),
                Err(Broken::Failure(failure)) if self.source.part.stop_on_error => {
                    return Err(Broken::Stop(failure.into_error(follower.part.name)));
                }
                Err(broken) => {
                    for follower in &mut self.followers {
                        follower.rows.undo()?;
                    }
                    return Err(broken);
                }
            }
        }
        Ok(followed)
    }

    fn fingerprint(&self) -> ModelFingerprint {
        let mut rows = vec![(self.source.part.source)()];
        rows.extend(self.followers.iter().map(|it| (it.part.source)()));
        ModelFingerprint::of_rows(self.source.events, rows)
    }

    /// Takes events that wait behind a key, for this key alone.
    async fn retry_key(
        &mut self,
        RetryRequest { key, batch, .. }: RetryRequest<'_>,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<BatchResult, ProjectionError> {
        read(batch, &mut *self.rows.values)?;
        let known = self.rows.place(&mut self.steps, |it, _| it == key);
        if self.steps.is_empty() && key.is_shortened() {
            // The key function gives other keys now. Which of those have the event already,
            // nobody knows.
            let at = batch.events().next().map(|event| event.position);
            let failed = Parking::failed(key.clone(), at.unwrap_or_default(), OTHER_KEYS);
            let mut changes = BatchResult::default();
            changes.parking.push(failed);
            return Ok(changes);
        }
        self.rows.load(known, generation, models).await?;
        let run = self.rows.run(&self.steps);
        run.map_err(|broken| broken.into_error(self.source.part.name))?;
        let folded = self.collect(true, generation, models).await?;
        let mut changes = BatchResult::rows(folded.rows);
        changes.parking = tried(key, batch, folded.parking, folded.only);
        Ok(changes)
    }
}

/// What came of some steps.
struct Folded {
    rows: Vec<RowWrite>,
    parking: Vec<Parking>,
    /// The number of the only event that was taken, if it was not all of them.
    only: Option<usize>,
}

impl BatchProcessor for Stage {
    fn is_full(&self) -> bool {
        let followers = || self.followers.iter();
        let rows = self.rows.len() + followers().map(|it| it.rows.len()).sum::<usize>();
        let bytes = self.rows.bytes() + followers().map(|it| it.rows.bytes()).sum::<usize>();
        self.holding.is_full(rows, bytes)
    }

    fn clear(&mut self) {
        self.rows.clear();
        for follower in &mut self.followers {
            follower.rows.clear();
        }
    }

    fn model(&self) -> Model {
        let mut tables = vec![self.rows.table().clone()];
        tables.extend(self.followers.iter().map(|it| it.rows.table().clone()));
        let part = self.source.part;
        Model::new(part.name, part.version, tables).fingerprint(self.fingerprint())
    }

    fn query(&self) -> Query {
        query_of(self.source.events)
    }

    fn stand_at(&mut self, checkpoint: Checkpoint) {
        if checkpoint.at.position() == Position::START {
            self.rows.begin_empty();
            for follower in &mut self.followers {
                follower.rows.begin_empty();
            }
        }
    }

    fn take<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        parked: &'a ParkedKeys,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            let was_ahead = self.rows.has_unwritten();
            self.holding.begin_batch(batch);
            let changes = self.take_batch(batch, parked, generation, models).await;
            self.clear_steps();
            self.again_if_ahead(changes, was_ahead)
        })
    }

    fn unwritten<'a>(
        &'a mut self,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            if !self.rows.has_unwritten() {
                return Ok(BatchResult::default());
            }
            self.rows.place(&mut self.steps, |_, _| true);
            let folded = self.collect(false, generation, models).await;
            let changes = folded.map(|folded| BatchResult::rows(folded.rows));
            self.again_if_ahead(changes, true)
        })
    }

    fn retry<'a>(
        &'a mut self,
        retry: RetryRequest<'a>,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            let changes = self.retry_key(retry, generation, models).await;
            self.clear_steps();
            changes
        })
    }
}

/// Asks for these events, under every name they ever had.
pub(super) fn query_of(events: &[&[EventType]]) -> Query {
    let names = events
        .iter()
        .flat_map(|set| set.iter().flat_map(EventType::names));
    names.fold(Filter::new(), Filter::name).into()
}

impl<P: EventProjection> fmt::Debug for ProjectionPipeline<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineOf")
            .field("projection", &P::NAME)
            .field("followers", &self.followers.len())
            .finish()
    }
}
