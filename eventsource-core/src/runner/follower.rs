//! Rows that follow those of a projection.

use super::buffer::{Buffer, Changed};
use super::failure::{Broken, Failure, Fault};
use super::pipeline_part::PipelinePart;
use crate::panic;
use crate::projection::{
    ChangeRows, JsonChange, RowProjection, SourceChanges, TypedRows, caught_reading,
};
use crate::read_model::decode::unreadable;
use crate::read_model::{Generation, ReadModelError, ReadModelStore, Table};

/// A projection that takes the changed rows of another one.
pub(super) struct Follower {
    pub(super) part: PipelinePart,
    pub(super) rows: Buffer<dyn ChangeRows>,
}

impl Follower {
    pub(super) fn of<F: RowProjection>() -> Self {
        Self::new(PipelinePart::of::<F>(), Box::new(TypedRows::<F>::new()))
    }

    fn new(part: PipelinePart, rows: Box<dyn ChangeRows>) -> Self {
        Self {
            rows: Buffer::new(part.table(), rows, false),
            part,
        }
    }

    /// The changed rows of the source, whose table this is. All followers of the source take them.
    pub(super) fn decode(
        &self,
        source: &Table,
        changed: &[Changed],
    ) -> Result<SourceChanges, ReadModelError> {
        let rows = &*self.rows.values;
        let mut decoded = rows.no_changes();
        for one in changed {
            let change = JsonChange {
                key: &one.key,
                before: one.before.as_deref(),
                after: one.after.as_deref(),
                at: one.at,
            };
            caught_reading(|| rows.add_change(&mut decoded, change))
                .map_err(|message| unreadable(source, &one.key, message))?;
        }
        Ok(decoded)
    }

    /// Says what the changes come to. The turn of a failure is the number of a change.
    pub(super) async fn follow(
        &mut self,
        decoded: &SourceChanges,
        changed: &[Changed],
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<Vec<Changed>, Broken> {
        let rows = &mut self.rows;
        rows.values.clear_steps();
        for (number, change) in changed.iter().enumerate() {
            rows.values.begin_turn(number, change.at);
            let read = panic::caught(|| rows.values.read_change(number, decoded));
            read.map_err(|message| self.part.unkeyed(number, change, &message))?;
        }
        let mut steps = Vec::new();
        let known = rows.place(&mut steps, |_, _| true);
        rows.load(known, generation, models).await?;
        let run = rows.run(&steps);
        let followed = run.and_then(|()| rows.changed(&steps));
        rows.values.clear_steps();
        followed.map_err(|broken| self.part.stopping(broken))
    }
}

impl PipelinePart {
    /// A key function that panicked. The row that was changed waits, as it does where its follower
    /// fails.
    fn unkeyed(&self, turn: usize, change: &Changed, panic: &str) -> Broken {
        let message = format!("the key function of `{}` panicked: {panic}", self.name);
        self.stopping(Broken::Failure(Failure {
            turn,
            at: change.at,
            key: change.key.clone(),
            fault: Fault::Failed(message.into()),
        }))
    }

    fn stopping(&self, broken: Broken) -> Broken {
        match broken {
            Broken::Failure(failure) if self.stop_on_error => {
                Broken::Stop(failure.into_error(self.name))
            }
            broken => broken,
        }
    }
}
