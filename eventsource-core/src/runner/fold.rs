//! Projections as work for a runner.

use std::fmt;
use std::sync::Arc;

use super::buffer::{Buffer, Changed, decode};
use super::{Changes, ParkedKeys, Pipeline, ProjectionError, Work};
use crate::projection::Step;
use crate::{
    Batch, BoxFuture, EventProjection, EventType, Filter, Model, Place, Projection, Query,
    ReadModelError, ReadModelStore, RowChange, RowProjection, RowWrite, Steps, Table, Undecodable,
};

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
        self.followers.push(|| Box::new(Stage::<F>::alone()));
        self
    }
}

impl<P: EventProjection> From<PipelineOf<P>> for Pipeline {
    fn from(pipeline: PipelineOf<P>) -> Self {
        let followers = pipeline.followers;
        Self::new(move || Stage::<P>::new(followers.iter().map(|follower| follower()).collect()))
    }
}

/// The rows of one projection, and those that follow them.
struct Stage<P> {
    table: Table,
    rows: Buffer<P>,
    followers: Vec<Box<dyn Follower<P>>>,
}

/// What takes the changed rows of `P`.
trait Follower<P>: Send {
    fn table(&self) -> Table;

    fn is_full(&self) -> bool;

    fn clear(&mut self);

    /// Adds to `writes`, which it is the table `number` of.
    fn follow<'a>(
        &'a mut self,
        changes: &'a [RowChange<P>],
        place: Place,
        models: &'a dyn ReadModelStore,
        writes: &'a mut Writes,
    ) -> BoxFuture<'a, Result<(), ProjectionError>>;
}

/// The rows that changed, of one table after the other.
#[derive(Default)]
struct Writes {
    rows: Vec<RowWrite>,
    tables: usize,
}

impl<P: Projection> Stage<P> {
    fn alone() -> Self {
        Self::new(Vec::new())
    }

    fn new(followers: Vec<Box<dyn Follower<P>>>) -> Self {
        Self {
            table: Table::of::<P>(),
            rows: Buffer::new(),
            followers,
        }
    }

    async fn run(
        &mut self,
        steps: Vec<Step<P>>,
        place: Place,
        models: &dyn ReadModelStore,
        writes: &mut Writes,
    ) -> Result<(), ProjectionError> {
        let (steps, known) = self.rows.place(steps);
        self.rows.load(known, place, models).await?;
        self.rows.run(steps)?;
        let rows = self.rows.changed()?;
        writes.add(&rows);
        if self.followers.is_empty() {
            return Ok(());
        }
        let changes = self.decode(rows)?;
        for follower in &mut self.followers {
            follower.follow(&changes, place, models, writes).await?;
        }
        Ok(())
    }

    fn decode(&self, rows: Vec<Changed>) -> Result<Vec<RowChange<P>>, ReadModelError> {
        let row = |key: &_, row: Option<Arc<str>>| {
            let row = row.map(|row| decode(&self.table, key, &row).map(Arc::new));
            row.transpose()
        };
        let changes = rows.into_iter().map(|changed| {
            Ok(RowChange {
                before: row(&changed.key, changed.before)?,
                after: row(&changed.key, changed.after)?,
                key: changed.key,
                at: changed.at,
            })
        });
        changes.collect()
    }
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
        let tables = std::iter::once(self.table.clone())
            .chain(followers)
            .collect();
        Model::new(P::NAME, P::VERSION, tables)
    }

    fn query(&self) -> Query {
        query_of(P::EVENTS)
    }

    fn take<'a>(
        &'a mut self,
        batch: &'a Batch,
        _: &'a ParkedKeys,
        place: Place,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Changes, ProjectionError>> {
        Box::pin(async move {
            let mut writes = Writes::default();
            let steps = read::<P>(batch)?.into_vec();
            self.run(steps, place, models, &mut writes).await?;
            Ok(Changes::rows(writes.rows))
        })
    }
}

impl<F: RowProjection> Follower<F::Source> for Stage<F> {
    fn is_full(&self) -> bool {
        self.rows.is_full()
    }

    fn clear(&mut self) {
        self.rows.clear();
    }

    fn table(&self) -> Table {
        self.table.clone()
    }

    fn follow<'a>(
        &'a mut self,
        changes: &'a [RowChange<F::Source>],
        place: Place,
        models: &'a dyn ReadModelStore,
        writes: &'a mut Writes,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut steps = Steps::default();
            for change in changes {
                F::read(change, &mut steps);
            }
            self.run(steps.into_vec(), place, models, writes).await
        })
    }
}

impl Writes {
    fn add(&mut self, changed: &[Changed]) {
        let table = self.tables;
        self.tables += 1;
        self.rows.extend(changed.iter().map(|changed| RowWrite {
            table,
            key: changed.key.clone(),
            row: changed.after.as_deref().map(str::to_owned),
        }));
    }
}

fn read<P: EventProjection>(batch: &Batch) -> Result<Steps<P>, ProjectionError> {
    let mut steps = Steps::default();
    for event in batch.events() {
        P::read(&event, &mut steps).map_err(|source| Undecodable::new(&event, source))?;
    }
    Ok(steps)
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
