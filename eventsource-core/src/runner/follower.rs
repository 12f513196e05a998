//! Rows that follow those of a projection.

use super::buffer::{Buffer, Changed, PlacedSteps};
use super::failure::{Broken, Failure, Fault};
use crate::future::BoxFuture;
use crate::panic;
use crate::projection::{RowChange, RowProjection};
use crate::read_model::{Place, ReadModelError, ReadModelStore, Table, source_of};

/// What takes the changed rows of `P`.
pub(super) trait Follower<P>: Send {
    fn table(&self) -> Table;

    /// A part of the fingerprint of the model.
    fn source(&self) -> String;

    /// See [`Buffer::begin_empty`].
    fn begin_empty(&mut self);

    fn len(&self) -> usize;

    fn bytes(&self) -> usize;

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

    fn begin_empty(&mut self) {
        self.begin_empty();
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        self.bytes()
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
            let mut steps = PlacedSteps::default();
            for (turn, change) in changes.iter().enumerate() {
                steps.all.begin_turn(turn, change.at);
                if let Err(message) = panic::caught(|| F::read(change, &mut steps.all)) {
                    return Err(unkeyed::<F>(turn, change, &message));
                }
            }
            let known = self.place(&mut steps, |_, _| true);
            self.load(known, place, models).await?;
            let run = self.run(&steps);
            let rows = run.and_then(|()| self.changed(&steps));
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
