//! Projections as work for a runner.

use std::fmt;
use std::sync::Arc;

use super::batch_steps::{Turns, queued, read, tried};
use super::buffer::{Buffer, Changed, Placed};
use super::failure::Broken;
use super::follower::Follower;
use super::{Changes, ParkedKeys, Pipeline, ProjectionError, Retry, Work};
use crate::bus::Batch;
use crate::event::EventType;
use crate::future::BoxFuture;
use crate::projection::{EventProjection, RowChange, RowProjection};
use crate::read_model::decode::decode;
use crate::read_model::{
    Model, ModelFingerprint, Parking, Place, ReadModelError, ReadModelStore, RowWrite, source_of,
};
use crate::store::{Filter, Query};

impl Pipeline {
    /// Runs the projection `P`.
    #[must_use]
    pub fn of<P: EventProjection>() -> PipelineOf<P> {
        PipelineOf {
            followers: Vec::new(),
        }
    }
}

/// A projection, and those that follow it, to be run.
pub struct PipelineOf<P> {
    followers: Vec<MakeFollower<P>>,
}

type MakeFollower<P> = fn() -> Box<dyn Follower<P>>;

impl<P: EventProjection> PipelineOf<P> {
    /// Runs `F` as well, on the changed rows of `P` and in the same transaction.
    #[must_use]
    pub fn followed_by<F: RowProjection<Source = P>>(mut self) -> Self {
        self.followers.push(|| Box::new(Buffer::<F>::new(false)));
        self
    }
}

impl<P: EventProjection> From<PipelineOf<P>> for Pipeline {
    fn from(pipeline: PipelineOf<P>) -> Self {
        let followers = pipeline.followers;
        Self::new(move || Stage::<P>::new(followers.iter().map(|follower| follower()).collect()))
    }
}

const OTHER_KEYS: &str = "its key had more than 1024 bytes, and the key function gives other keys \
    now; raise the version of the projection";

/// The rows of one projection, and those that follow them.
struct Stage<P> {
    rows: Buffer<P>,
    followers: Vec<Box<dyn Follower<P>>>,
}

impl<P: EventProjection> Stage<P> {
    fn new(followers: Vec<Box<dyn Follower<P>>>) -> Self {
        Self {
            rows: Buffer::new(!P::STOP_ON_ERROR),
            followers,
        }
    }

    /// Takes steps, and says what changes. Where events are tried `again` for one key, only the
    /// first of them is taken if those that follow fail with all.
    async fn fold(
        &mut self,
        steps: Turns<P>,
        again: bool,
        place: Place,
        models: &dyn ReadModelStore,
    ) -> Result<Folded, ProjectionError> {
        let (mut steps, known) = self.rows.place(steps);
        self.rows.load(known, place, models).await?;
        let (mut changed, mut only) = (self.run(&mut steps)?, None);
        let followed = loop {
            let failure = match self.follow(&changed, place, models).await {
                Ok(followed) => break followed,
                Err(Broken::Failure(failure)) => failure,
                Err(Broken::Stop(error)) => return Err(error),
            };
            let first = steps.first().map(|step| step.turn);
            if again && steps.last().map(|step| step.turn) != first {
                steps.retain(|step| Some(step.turn) == first);
                self.rows.undo()?;
                (changed, only) = (self.run(&mut steps)?, first);
            } else {
                let source = changed.remove(failure.turn);
                self.rows.stick_whole(&source, failure.fault, &mut steps)?;
            }
        };
        let mut rows = Vec::new();
        for (table, changed) in std::iter::once(&changed).chain(&followed).enumerate() {
            rows.extend(changed.iter().map(|changed| changed.write(table)));
        }
        let parking = self.rows.parking(&steps);
        self.rows.settle(&changed);
        for (follower, changed) in self.followers.iter_mut().zip(&followed) {
            follower.settle(changed);
        }
        Ok(Folded {
            rows,
            parking,
            only,
        })
    }

    fn run(&mut self, steps: &mut [Placed<P>]) -> Result<Vec<Changed>, ProjectionError> {
        let run = self.rows.run(steps);
        let changed = run.and_then(|()| self.rows.changed(steps));
        changed.map_err(|broken| broken.into_error(P::NAME))
    }

    /// What changes in the rows that follow; if one of them fails, nothing.
    async fn follow(
        &mut self,
        rows: &[Changed],
        place: Place,
        models: &dyn ReadModelStore,
    ) -> Result<Vec<Vec<Changed>>, Broken> {
        if self.followers.is_empty() {
            return Ok(Vec::new());
        }
        let changes = self.decode(rows)?;
        let mut followed = Vec::with_capacity(self.followers.len());
        for follower in &mut self.followers {
            match follower.follow(&changes, place, models).await {
                Ok(rows) => followed.push(rows),
                Err(Broken::Failure(failure)) if P::STOP_ON_ERROR => {
                    let name = follower.table().name;
                    return Err(Broken::Stop(failure.into_error(&name)));
                }
                Err(broken) => {
                    for follower in &mut self.followers {
                        follower.undo()?;
                    }
                    return Err(broken);
                }
            }
        }
        Ok(followed)
    }

    fn fingerprint(&self) -> ModelFingerprint {
        let followers = self.followers.iter().map(|follower| follower.source());
        let rows = std::iter::once(source_of::<P>()).chain(followers);
        ModelFingerprint::of_rows(P::EVENTS, rows)
    }

    fn decode(&self, rows: &[Changed]) -> Result<Vec<RowChange<P>>, ReadModelError> {
        let row = |key: &_, row: Option<&Arc<str>>| {
            let row = row.map(|row| decode(self.rows.table(), key, row).map(Arc::new));
            row.transpose()
        };
        let changes = rows.iter().map(|changed| {
            Ok(RowChange {
                before: row(&changed.key, changed.before.as_ref())?,
                after: row(&changed.key, changed.after.as_ref())?,
                key: changed.key.clone(),
                at: changed.at,
            })
        });
        changes.collect()
    }
}

/// What came of some steps.
struct Folded {
    rows: Vec<RowWrite>,
    parking: Vec<Parking>,
    /// The number of the only event that was taken, if it was not all of them.
    only: Option<usize>,
}

impl<P: EventProjection> Work for Stage<P> {
    fn is_full(&self) -> bool {
        self.rows.is_full() || self.followers.iter().any(|follower| follower.is_full())
    }

    fn clear(&mut self) {
        self.rows.clear();
        for follower in &mut self.followers {
            follower.clear();
        }
    }

    fn model(&self) -> Model {
        let followers = self.followers.iter().map(|follower| follower.table());
        let tables = std::iter::once(self.rows.table().clone())
            .chain(followers)
            .collect();
        Model::new(P::NAME, P::VERSION, tables).fingerprint(self.fingerprint())
    }

    fn query(&self) -> Query {
        query_of(P::EVENTS)
    }

    fn take<'a>(
        &'a mut self,
        batch: &'a Batch,
        parked: &'a ParkedKeys,
        place: Place,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Changes, ProjectionError>> {
        Box::pin(async move {
            let mut steps = read::<P>(batch)?;
            let mut parking = queued(&mut steps, parked);
            let folded = self.fold(steps, false, place, models).await?;
            parking.extend(folded.parking);
            let mut changes = Changes::rows(folded.rows);
            changes.parking = parking;
            Ok(changes)
        })
    }

    fn retry<'a>(
        &'a mut self,
        retry: Retry<'a>,
        place: Place,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Changes, ProjectionError>> {
        Box::pin(async move {
            let (key, batch) = (retry.key, retry.batch);
            let mut steps = read::<P>(batch)?;
            steps.retain_mut(|(_, step)| {
                step.keys.retain(|it| it == key);
                !step.keys.is_empty()
            });
            if steps.is_empty() && key.is_shortened() {
                // The key function gives other keys now. Which of those have the event already,
                // nobody knows.
                let at = batch.events().next().map(|event| event.position);
                let failed = Parking::failed(key.clone(), at.unwrap_or_default(), OTHER_KEYS);
                let mut changes = Changes::default();
                changes.parking.push(failed);
                return Ok(changes);
            }
            let folded = self.fold(steps, true, place, models).await?;
            let mut changes = Changes::rows(folded.rows);
            changes.parking = tried(key, batch, folded.parking, folded.only);
            Ok(changes)
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

impl<P: EventProjection> fmt::Debug for PipelineOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineOf")
            .field("projection", &P::NAME)
            .field("followers", &self.followers.len())
            .finish()
    }
}
