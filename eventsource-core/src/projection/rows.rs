//! The rows of a projection, behind a trait without their type.

use std::any::Any;
use std::sync::Arc;

use super::{
    BoxError, EventProjection, Key, Projection, Row, RowChange, RowProjection, StepList, Steps,
    StoredRow as _,
};
use crate::codec::DecodeError;
use crate::store::StoredEvent;
use crate::values::{Position, StreamId};

/// The rows of a projection by their numbers, and the steps of a batch.
///
/// A runner keeps books about keys, order and JSON, in code that is compiled once. These methods are
/// compiled for each projection, so they are short, and leave panics of the user's code to the caller.
pub(crate) trait Rows: Send {
    /// The steps, without their events.
    fn steps(&self) -> &StepList;

    /// Sets the input (an event or a changed row, by its number) and the position of the next steps.
    fn begin_input(&mut self, input: usize, at: Position);

    fn clear_steps(&mut self);

    /// Adds default rows until there are so many.
    fn extend_to(&mut self, rows: usize);

    /// Removes the rows, and frees their memory.
    fn clear(&mut self);

    /// Sets a row to the default.
    fn set_default(&mut self, row: usize);

    /// Sets a row to the one in the JSON.
    fn read(&mut self, row: usize, json: &str) -> serde_json::Result<()>;

    /// A row as JSON.
    fn write(&self, row: usize) -> serde_json::Result<String>;

    /// Checks that the JSON is a row.
    fn check(&self, json: &str) -> serde_json::Result<()>;

    /// Applies a step to a row.
    fn run(&mut self, step: usize, key: &Key, row: usize) -> Result<Row, BoxError>;

    /// The stream and the version of the event of a step; `None` for a changed row.
    fn origin(&self, step: usize) -> Option<(&StreamId, u64)>;

    /// The size of a row in memory, without what it points to.
    fn row_size(&self) -> usize;
}

/// The rows of a projection of events.
pub(crate) trait EventRows: Rows {
    /// Adds the steps of an event, after [`begin_input`](Rows::begin_input).
    fn read_event(&mut self, event: &StoredEvent<'_>) -> Result<(), DecodeError>;
}

/// The rows of a projection of the changed rows of another one.
pub(crate) trait ChangeRows: Rows {
    /// An empty list of changed rows of the source.
    fn no_changes(&self) -> SourceChanges;

    /// Adds a changed row of the source.
    fn add_change(
        &self,
        changes: &mut SourceChanges,
        change: JsonChange<'_>,
    ) -> serde_json::Result<()>;

    /// Adds the steps of the change of this number.
    fn read_change(&mut self, number: usize, changes: &SourceChanges);
}

/// The changed rows of a source, shared by all its followers: a `Vec<RowChange<_>>`.
pub(crate) type SourceChanges = Box<dyn Any + Send + Sync>;

/// A changed row before and after the change, as JSON.
pub(crate) struct JsonChange<'a> {
    pub(crate) key: &'a Key,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
    pub(crate) at: Position,
}

/// The rows of `P`.
pub(crate) struct TypedRows<P> {
    rows: Vec<P>,
    steps: Steps<P>,
}

impl<P: Projection> TypedRows<P> {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            steps: Steps::default(),
        }
    }
}

impl<P: Projection> Rows for TypedRows<P> {
    fn steps(&self) -> &StepList {
        self.steps.list()
    }

    fn begin_input(&mut self, input: usize, at: Position) {
        self.steps.list_mut().begin_input(input, at);
    }

    fn clear_steps(&mut self) {
        self.steps.clear();
    }

    fn extend_to(&mut self, rows: usize) {
        while self.rows.len() < rows {
            self.rows.push(P::default());
        }
    }

    fn clear(&mut self) {
        self.rows = Vec::new();
    }

    fn set_default(&mut self, row: usize) {
        self.rows[row] = P::default();
    }

    fn read(&mut self, row: usize, json: &str) -> serde_json::Result<()> {
        self.rows[row] = P::from_json(json)?;
        Ok(())
    }

    fn write(&self, row: usize) -> serde_json::Result<String> {
        self.rows[row].to_json()
    }

    fn check(&self, json: &str) -> serde_json::Result<()> {
        P::from_json(json).map(drop)
    }

    fn run(&mut self, step: usize, key: &Key, row: usize) -> Result<Row, BoxError> {
        self.steps.run(step, key, &mut self.rows[row])
    }

    fn origin(&self, step: usize) -> Option<(&StreamId, u64)> {
        self.steps.origin(step)
    }

    fn row_size(&self) -> usize {
        size_of::<P>()
    }
}

impl<P: EventProjection> EventRows for TypedRows<P> {
    fn read_event(&mut self, event: &StoredEvent<'_>) -> Result<(), DecodeError> {
        P::read(event, &mut self.steps)
    }
}

impl<F: RowProjection> ChangeRows for TypedRows<F> {
    fn no_changes(&self) -> SourceChanges {
        Box::new(Vec::<RowChange<F::Source>>::new())
    }

    fn add_change(
        &self,
        changes: &mut SourceChanges,
        change: JsonChange<'_>,
    ) -> serde_json::Result<()> {
        let changes: Option<&mut Vec<RowChange<F::Source>>> = changes.downcast_mut();
        let row = |json: Option<&str>| {
            let row = json.map(|json| F::Source::from_json(json).map(Arc::new));
            row.transpose()
        };
        changes.expect(OF_SOURCE).push(RowChange {
            before: row(change.before)?,
            after: row(change.after)?,
            key: change.key.clone(),
            at: change.at,
        });
        Ok(())
    }

    fn read_change(&mut self, number: usize, changes: &SourceChanges) {
        let changes: Option<&Vec<RowChange<F::Source>>> = changes.downcast_ref();
        F::read(&changes.expect(OF_SOURCE)[number], &mut self.steps);
    }
}

const OF_SOURCE: &str = "all followers have one source";
