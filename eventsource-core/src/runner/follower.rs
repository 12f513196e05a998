//! Rows that follow those of a projection.

use super::buffer::{Buffer, Changed};
use super::failure::{Broken, Failure, Fault};
use crate::future::BoxFuture;
use crate::panic;
use crate::projection::{RowChange, RowProjection, Steps};
use crate::read_model::{Place, ReadModelError, ReadModelStore, Table, source_of};

/// What takes the changed rows of `P`.
pub(super) trait Follower<P>: Send {
    fn table(&self) -> Table;

    /// A part of the fingerprint of the model.
    fn source(&self) -> String;

    fn is_full(&self) -> bool;

    fn clear(&mut self);

    /// Says what the changes come to. The turn of a failure is the number of a change.
    fn follow<'a>(
        &'a mut self,
        changes: &'a [RowChange<P>],
        place: Place,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Vec<Changed>, Broken>>;

    /// What it came to counts as stored.
    fn settle(&mut self, changed: &[Changed]);

    /// What it came to is forgotten.
    fn undo(&mut self) -> Result<(), ReadModelError>;
}

impl<F: RowProjection> Follower<F::Source> for Buffer<F> {
    fn table(&self) -> Table {
        self.table().clone()
    }

    fn source(&self) -> String {
        source_of::<F>()
    }

    fn is_full(&self) -> bool {
        self.is_full()
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn follow<'a>(
        &'a mut self,
        changes: &'a [RowChange<F::Source>],
        place: Place,
        models: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Vec<Changed>, Broken>> {
        Box::pin(async move {
            let (mut steps, mut turns) = (Steps::default(), Vec::new());
            for (turn, change) in changes.iter().enumerate() {
                if let Err(message) = panic::caught(|| F::read(change, &mut steps)) {
                    return Err(unkeyed::<F>(turn, change, &message));
                }
                turns.resize(steps.len(), turn);
            }
            let steps = turns.into_iter().zip(steps.into_vec()).collect();
            let (mut steps, known) = self.place(steps);
            self.load(known, place, models).await?;
            let run = self.run(&mut steps);
            let rows = run.and_then(|()| self.changed(&mut steps));
            rows.map_err(stopping::<F>)
        })
    }

    fn settle(&mut self, changed: &[Changed]) {
        self.settle(changed);
    }

    fn undo(&mut self) -> Result<(), ReadModelError> {
        self.undo()
    }
}

/// A key function that panicked. The row that was changed waits, as it does where its follower
/// fails.
fn unkeyed<F: RowProjection>(turn: usize, change: &RowChange<F::Source>, panic: &str) -> Broken {
    let message = format!("the key function of `{}` panicked: {panic}", F::NAME);
    stopping::<F>(Broken::Failure(Failure {
        turn,
        at: change.at,
        key: change.key.clone(),
        fault: Fault::Failed(message.into()),
    }))
}

fn stopping<F: RowProjection>(broken: Broken) -> Broken {
    match broken {
        Broken::Failure(failure) if F::STOP_ON_ERROR => Broken::Stop(failure.into_error(F::NAME)),
        broken => broken,
    }
}
