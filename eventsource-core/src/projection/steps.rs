//! What is to be done on which rows, before they are there.

use std::fmt;

use super::row::BoxError;
use super::{Follow, IntoRow, Key, Project, ProjectAt, Projection, Row, RowChange};
use crate::__private::Projected;
use crate::{DecodeError, Position, Recorded, StoredEvent};

/// What events, or changed rows, mean to the rows of `P`: filled by what
/// `#[derive(Projection)]` writes.
pub struct Steps<P> {
    steps: Vec<Step<P>>,
}

/// What one event means to some rows.
pub(crate) struct Step<P> {
    pub(crate) at: Position,
    pub(crate) keys: Vec<Key>,
    pub(crate) run: Run<P>,
}

type Run<P> = Box<dyn FnMut(&Key, &mut P) -> Result<Row, BoxError> + Send>;

impl<P> Default for Steps<P> {
    fn default() -> Self {
        let steps = Vec::new();
        Self { steps }
    }
}

impl<P: Projection> Steps<P> {
    /// Adds what becomes of the stored event, under the keys that `keys` gives.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    #[doc(hidden)]
    pub fn project<E, O>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>) -> Vec<Key>,
    ) -> Result<(), DecodeError>
    where
        E: Projected,
        P: Project<E, O>,
        O: IntoRow,
    {
        self.each(event, keys, |recorded, _, row| {
            row.project(recorded).into_row()
        })
    }

    /// The same for a projection that wants to know the key.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    #[doc(hidden)]
    pub fn project_at<E, O>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>) -> Vec<Key>,
    ) -> Result<(), DecodeError>
    where
        E: Projected,
        P: ProjectAt<E, O>,
        O: IntoRow,
    {
        self.each(event, keys, |recorded, key, row| {
            row.project_at(key, recorded).into_row()
        })
    }

    /// Adds what becomes of a changed row of the projection that `P` follows.
    #[doc(hidden)]
    pub fn follow<S, O>(&mut self, change: &RowChange<S>, keys: impl Fn(&RowChange<S>) -> Vec<Key>)
    where
        S: Send + Sync + 'static,
        P: Follow<S, O>,
        O: IntoRow,
    {
        let keys = keys(change);
        if keys.is_empty() {
            return;
        }
        let change = change.clone();
        self.steps.push(Step {
            at: change.at,
            keys,
            run: Box::new(move |key, row| row.follow(key, &change).into_row()),
        });
    }

    fn each<E: Projected>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>) -> Vec<Key>,
        project: impl Fn(&Recorded<E>, &Key, &mut P) -> Result<Row, BoxError> + Copy + Send + 'static,
    ) -> Result<(), DecodeError> {
        E::read(event, &mut |recorded: Recorded<E>| {
            let keys = keys(&recorded);
            if keys.is_empty() {
                return;
            }
            self.steps.push(Step {
                at: recorded.position,
                keys,
                run: Box::new(move |key, row| project(&recorded, key, row)),
            });
        })
    }

    pub(crate) fn into_vec(self) -> Vec<Step<P>> {
        self.steps
    }
}

impl<P> fmt::Debug for Steps<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("steps", &self.steps.len())
            .finish()
    }
}
