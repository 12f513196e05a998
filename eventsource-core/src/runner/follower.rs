//! A projection that follows the changed rows of another one.

use super::pipeline_part::PipelinePart;
use super::projection::load_rows;
use super::row_fold::{ChangedRow, FoldError, RowFailure, RowFault, RowFold};
use crate::panic;
use crate::projection::{
    ChangeRows, JsonChange, RowProjection, SourceChanges, TypedRows, catch_decode,
};
use crate::read_model::decode::unreadable;
use crate::read_model::{Generation, ReadModelError, ReadModelStore, Table};

/// A projection that follows the changed rows of another one, its source.
pub(super) struct Follower {
    pub(super) part: PipelinePart,
    pub(super) rows: RowFold<dyn ChangeRows>,
}

impl Follower {
    pub(super) fn of<F: RowProjection>() -> Self {
        Self::new(PipelinePart::of::<F>(), Box::new(TypedRows::<F>::new()))
    }

    fn new(part: PipelinePart, rows: Box<dyn ChangeRows>) -> Self {
        Self {
            rows: RowFold::new(part.table(), rows, false),
            part,
        }
    }

    /// Reads the changed rows of the source, for all its followers. They get each row as it is stored, not
    /// the value in memory: a field that is not stored must not make a difference after a restart.
    pub(super) fn decode(
        &self,
        source: &Table,
        changed: &[ChangedRow],
    ) -> Result<SourceChanges, ReadModelError> {
        let rows = &*self.rows.values;
        let mut decoded = rows.no_changes();
        for row in changed {
            let change = JsonChange {
                key: &row.key,
                before: row.before.as_deref(),
                after: row.after.as_deref(),
                at: row.at,
            };
            catch_decode(|| rows.add_change(&mut decoded, change))
                .map_err(|message| unreadable(source, &row.key, message))?;
        }
        Ok(decoded)
    }

    /// Folds the changed rows of the source, and returns its own ones. The input of a failure is the
    /// number of a changed row of the source.
    pub(super) async fn follow(
        &mut self,
        decoded: &SourceChanges,
        changed: &[ChangedRow],
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Vec<ChangedRow>, FoldError> {
        let rows = &mut self.rows;
        rows.clear_steps();
        for (number, change) in changed.iter().enumerate() {
            rows.values.begin_input(number, change.at);
            let read = panic::caught(|| rows.values.read_change(number, decoded));
            read.map_err(|message| self.part.key_panic(number, change, &message))?;
        }
        rows.place(|_, _| true);
        load_rows(rows, generation, models).await?;
        let followed = rows.apply().and_then(|()| rows.changed_rows());
        rows.clear_steps();
        followed.map_err(|error| self.part.stop_on_error(error))
    }
}

impl PipelinePart {
    /// The failure of a key function that panicked. The changed row of the source is parked, as after a
    /// failure of the projection itself.
    fn key_panic(&self, input: usize, change: &ChangedRow, panic: &str) -> FoldError {
        let message = format!("the key function of `{}` panicked: {panic}", self.name);
        self.stop_on_error(FoldError::Row(RowFailure {
            input,
            at: change.at,
            key: change.key.clone(),
            fault: RowFault::Failed(message.into()),
        }))
    }

    fn stop_on_error(&self, error: FoldError) -> FoldError {
        match error {
            FoldError::Row(failure) if self.stop_on_error => {
                FoldError::Stop(failure.into_error(self.name))
            }
            error => error,
        }
    }
}
