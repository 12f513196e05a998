//! Projections in a pipeline.

use std::fmt;
use std::marker::PhantomData;

use super::batch_steps::{QueuedEvents, read_steps, retry_outcome};
use super::follower::Follower;
use super::pipeline_part::PipelinePart;
use super::row_fold::{ChangedRow, FoldError, RowFailure, RowFold};
use super::write_deferral::WriteDeferral;
use super::{BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RetryRequest};
use crate::bus::EventBatch;
use crate::event::EventType;
use crate::future::BoxFuture;
use crate::projection::{EventProjection, EventRows, RowProjection, Rows, TypedRows};
use crate::read_model::{
    Checkpoint, Generation, Model, ModelFingerprint, Parking, ReadModelError, ReadModelStore,
    RowWrite, Select,
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

/// A projection with those that follow it. It becomes a [`Pipeline`].
///
/// [Example](crate::runner#example).
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

/// A projection of events, without its type.
#[derive(Clone, Copy)]
struct EventSource {
    part: PipelinePart,
    events: &'static [&'static [EventType]],
    rows: fn() -> Box<dyn EventRows>,
}

impl EventSource {
    fn into_pipeline(self, followers: Vec<fn() -> Follower>) -> Pipeline {
        Pipeline::new(move || ProjectionProcessor {
            rows: RowFold::new(self.part.table(), (self.rows)(), !self.part.stop_on_error),
            source: self,
            followers: followers.iter().map(|follower| follower()).collect(),
            deferral: WriteDeferral::default(),
        })
    }
}

const OTHER_KEYS: &str = "its key had more than 1024 bytes, and the key function gives other keys \
    now; raise the version of the projection";

/// Processes batches for a projection and those that follow it. It knows no type of the user, so that
/// it is compiled once and not for each projection.
struct ProjectionProcessor {
    source: EventSource,
    rows: RowFold<dyn EventRows>,
    followers: Vec<Follower>,
    deferral: WriteDeferral,
}

/// The changes by the steps of a batch.
struct FoldedBatch {
    rows: Vec<RowWrite>,
    parking: Vec<Parking>,
}

impl ProjectionProcessor {
    async fn process_batch(
        &mut self,
        batch: &EventBatch,
        parked: &ParkedKeys,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<BatchResult, ProjectionError> {
        read_steps(batch, &mut *self.rows.values)?;
        let mut queued = QueuedEvents::behind(parked);
        self.rows
            .place(|key, position| !queued.add_if_parked(key, position));
        let mut parking = queued.into_parking();
        load_rows(&mut self.rows, generation, models).await?;
        self.rows.apply().map_err(|error| self.stop(error))?;
        let can_defer = self.deferral.can_defer(batch, self.rows.unwritten());
        if can_defer && parking.is_empty() && !self.rows.has_blocked() {
            return Ok(BatchResult::default());
        }
        let folded = self.fold_batch(generation, models).await?;
        parking.extend(folded.parking);
        let mut result = BatchResult::with_rows(folded.rows);
        result.parking = parking;
        Ok(result)
    }

    /// Retries events that wait behind a key, for this key alone.
    async fn retry_key(
        &mut self,
        RetryRequest { key, batch, .. }: RetryRequest<'_>,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<BatchResult, ProjectionError> {
        read_steps(batch, &mut *self.rows.values)?;
        self.rows.place(|it, _| it == key);
        let mut result = BatchResult::default();
        if !self.rows.has_steps() && key.is_shortened() {
            // The key function returns other keys now. Which of those have the event already is not
            // known.
            let at = batch.events().next().map(|event| event.position);
            let failed = Parking::failed(key.clone(), at.unwrap_or_default(), OTHER_KEYS);
            result.parking.push(failed);
            return Ok(result);
        }
        load_rows(&mut self.rows, generation, models).await?;
        self.rows.apply().map_err(|error| self.stop(error))?;
        let (folded, only) = self.fold_retry(generation, models).await?;
        result.rows = folded.rows;
        result.parking = retry_outcome(key, batch, folded.parking, only);
        Ok(result)
    }

    /// Folds the steps that were applied. A row that a follower fails on is blocked, and the others are
    /// followed without it.
    async fn fold_batch(
        &mut self,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<FoldedBatch, ProjectionError> {
        let mut changed = self.changed_rows()?;
        loop {
            match self.try_follow(&changed, generation, models).await? {
                Ok(followed) => return Ok(self.finish_fold(&changed, &followed)),
                Err(failure) => {
                    let source = changed.remove(failure.input);
                    self.rows.block_changed(&source, failure.fault)?;
                }
            }
        }
    }

    /// Folds the steps of one key that were applied. If a follower fails on the row, only the first event
    /// is kept, whose number is returned: the follower may fail because of a later one.
    async fn fold_retry(
        &mut self,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<(FoldedBatch, Option<usize>), ProjectionError> {
        let mut only = None;
        if self.rows.has_several_inputs() {
            let changed = self.changed_rows()?;
            if let Ok(followed) = self.try_follow(&changed, generation, models).await? {
                return Ok((self.finish_fold(&changed, &followed), None));
            }
            let retained = self.rows.retain_first_input();
            only = retained.map_err(|error| self.stop(error))?;
        }
        Ok((self.fold_batch(generation, models).await?, only))
    }

    fn finish_fold(&mut self, changed: &[ChangedRow], followed: &[Vec<ChangedRow>]) -> FoldedBatch {
        let mut rows = Vec::with_capacity(changed.len());
        rows.extend(changed.iter().map(|row| row.to_write(0)));
        for (table, changed) in (1..).zip(followed) {
            rows.extend(changed.iter().map(|row| row.to_write(table)));
        }
        let parking = self.rows.parking();
        self.rows.mark_stored(changed);
        for (follower, changed) in self.followers.iter_mut().zip(followed) {
            follower.rows.mark_stored(changed);
        }
        FoldedBatch { rows, parking }
    }

    fn changed_rows(&mut self) -> Result<Vec<ChangedRow>, ProjectionError> {
        let changed = self.rows.changed_rows();
        changed.map_err(|error| self.stop(error))
    }

    /// The changed rows of all followers; `Err` in the result is the failure of one of them on a changed
    /// row, after which nothing has changed in any.
    async fn try_follow(
        &mut self,
        changed: &[ChangedRow],
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Result<Vec<Vec<ChangedRow>>, RowFailure>, ProjectionError> {
        match self.follow(changed, generation, models).await {
            Ok(followed) => Ok(Ok(followed)),
            Err(FoldError::Row(failure)) if !self.rows.is_ahead() => Ok(Err(failure)),
            Err(error) => Err(self.stop(error)),
        }
    }

    async fn follow(
        &mut self,
        changed: &[ChangedRow],
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Vec<Vec<ChangedRow>>, FoldError> {
        let Some(first) = self.followers.first() else {
            return Ok(Vec::new());
        };
        let decoded = first.decode(self.rows.table(), changed)?;
        let mut followed = Vec::with_capacity(self.followers.len());
        for follower in &mut self.followers {
            match follower.follow(&decoded, changed, generation, models).await {
                Ok(rows) => followed.push(rows),
                Err(FoldError::Row(failure)) if self.source.part.stop_on_error => {
                    return Err(FoldError::Stop(failure.into_error(follower.part.name)));
                }
                Err(error) => {
                    for follower in &mut self.followers {
                        follower.rows.undo()?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(followed)
    }

    /// Replaces a failure by a restart at the checkpoint, where the batches before had left unwritten
    /// rows: a row can be restored only to the stored one.
    fn restart_if_ahead(
        &mut self,
        result: Result<BatchResult, ProjectionError>,
        was_ahead: bool,
    ) -> Result<BatchResult, ProjectionError> {
        match result {
            Err(ProjectionError::ReadModel(_) | ProjectionError::Read(_)) => result,
            Err(_) if was_ahead => {
                self.deferral.pause();
                Ok(BatchResult::restart())
            }
            result => result,
        }
    }

    fn stop(&self, error: FoldError) -> ProjectionError {
        error.into_error(self.source.part.name)
    }

    fn fingerprint(&self) -> ModelFingerprint {
        let mut rows = vec![(self.source.part.source)()];
        rows.extend(self.followers.iter().map(|it| (it.part.source)()));
        ModelFingerprint::of_rows(self.source.events, rows)
    }
}

impl BatchProcessor for ProjectionProcessor {
    fn model(&self) -> Model {
        let mut tables = vec![self.rows.table().clone()];
        tables.extend(self.followers.iter().map(|it| it.rows.table().clone()));
        let part = self.source.part;
        Model::new(part.name, part.version, tables).fingerprint(self.fingerprint())
    }

    fn query(&self) -> Query {
        query_of(self.source.events)
    }

    fn process<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        parked: &'a ParkedKeys,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            let was_ahead = self.rows.has_unwritten();
            self.deferral.begin_batch(batch);
            let result = self.process_batch(batch, parked, generation, models).await;
            self.rows.clear_steps();
            self.restart_if_ahead(result, was_ahead)
        })
    }

    fn retry<'a>(
        &'a mut self,
        retry: RetryRequest<'a>,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            let result = self.retry_key(retry, generation, models).await;
            self.rows.clear_steps();
            result
        })
    }

    fn collect_deferred<'a>(
        &'a mut self,
        generation: Generation,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async move {
            if !self.rows.has_unwritten() {
                return Ok(BatchResult::default());
            }
            // Begins a batch without steps, on rows that batches before it have left.
            self.rows.place(|_, _| true);
            let folded = self.fold_batch(generation, models).await;
            let result = folded.map(|folded| BatchResult::with_rows(folded.rows));
            self.restart_if_ahead(result, true)
        })
    }

    fn resume_from(&mut self, checkpoint: Checkpoint) {
        if checkpoint.at.position() == Position::START {
            self.rows.begin_empty();
            for follower in &mut self.followers {
                follower.rows.begin_empty();
            }
        }
    }

    fn is_full(&self) -> bool {
        let followers = || self.followers.iter();
        let rows = self.rows.len() + followers().map(|it| it.rows.len()).sum::<usize>();
        let bytes = self.rows.bytes() + followers().map(|it| it.rows.bytes()).sum::<usize>();
        self.deferral.is_full(rows, bytes)
    }

    fn clear(&mut self) {
        self.rows.clear();
        for follower in &mut self.followers {
            follower.rows.clear();
        }
    }
}

/// Loads the rows that a batch has added to a fold.
pub(super) async fn load_rows<R: Rows + ?Sized>(
    rows: &mut RowFold<R>,
    generation: Generation,
    models: &dyn ReadModelStore,
) -> Result<(), ReadModelError> {
    let keys = rows.keys_to_load();
    if keys.is_empty() {
        return Ok(());
    }
    let select = Select::Keys(keys);
    let stored = models.rows(rows.table().clone(), generation, select);
    rows.load(stored.await?.rows)
}

/// The query for these events, under all their names.
pub(super) fn query_of(events: &[&[EventType]]) -> Query {
    let names = events
        .iter()
        .flat_map(|set| set.iter().flat_map(EventType::names));
    names.fold(Filter::new(), Filter::name).into()
}

impl<P: EventProjection> fmt::Debug for ProjectionPipeline<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectionPipeline")
            .field("projection", &P::NAME)
            .field("followers", &self.followers.len())
            .finish()
    }
}
