//! What is to be done on which rows, before they are there.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::row::BoxError;
use super::{Follow, IntoKeys, IntoRow, Key, Project, ProjectAt, Row, RowChange};
use crate::codec::DecodeError;
use crate::event::{EventSet, EventType, Recorded};
use crate::panic;
use crate::store::StoredEvent;
use crate::values::Position;

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

impl<P> Steps<P> {
    /// Whether the event is one of the set `E`, so that it is to be projected.
    #[must_use]
    pub fn wants<E: EventSet>(event: &StoredEvent<'_>) -> bool {
        let is_stored = |of: &EventType| of.is_stored_as(event.name);
        E::EVENTS.iter().any(is_stored)
    }

    /// Adds what becomes of the stored event, under the one key that `key` gives.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    pub fn project<E, O, K>(
        &mut self,
        event: &StoredEvent<'_>,
        key: impl Fn(&Recorded<E>) -> K,
    ) -> Result<(), DecodeError>
    where
        E: EventSet,
        P: Project<E, O>,
        O: IntoRow,
        K: IntoKeys,
    {
        let keys = |recorded: &Recorded<E>, each: &mut dyn FnMut(Key)| {
            key(recorded).into_keys(each);
        };
        self.each(event, keys, |recorded, _, row| {
            row.project(recorded).into_row()
        })
    }

    /// Adds what becomes of the stored event, under any number of keys.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    pub fn project_at<E, O, K>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>) -> K,
    ) -> Result<(), DecodeError>
    where
        E: EventSet,
        P: ProjectAt<E, O>,
        O: IntoRow,
        K: IntoKeys,
    {
        let keys = |recorded: &Recorded<E>, each: &mut dyn FnMut(Key)| {
            keys(recorded).into_keys(each);
        };
        self.each(event, keys, |recorded, key, row| {
            row.project_at(key, recorded).into_row()
        })
    }

    /// Adds what becomes of a changed row of the projection that `P` follows.
    pub fn follow<S, O>(
        &mut self,
        change: &RowChange<S>,
        keys: impl Fn(&RowChange<S>, &mut dyn FnMut(Key)),
    ) where
        S: Send + Sync + 'static,
        P: Follow<S, O>,
        O: IntoRow,
    {
        let keys = collected(|each| keys(change, each));
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

    pub(crate) fn each<E: EventSet>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>, &mut dyn FnMut(Key)),
        project: impl Fn(&Recorded<E>, &Key, &mut P) -> Result<Row, BoxError> + Copy + Send + 'static,
    ) -> Result<(), DecodeError> {
        let (before, mut keyed) = (self.steps.len(), Ok(()));
        let read = Recorded::decode(event, &mut |recorded: Recorded<E>| {
            if keyed.is_err() {
                return;
            }
            let keys = || collected(|each| keys(&recorded, each));
            match catch_unwind(AssertUnwindSafe(keys)) {
                Ok(keys) if keys.is_empty() => (),
                Ok(keys) => self.steps.push(Step {
                    at: recorded.position,
                    keys,
                    run: Box::new(move |key, row| {
                        let projected = panic::caught(|| project(&recorded, key, row));
                        projected.unwrap_or_else(|message| {
                            let (stream, version) = (&recorded.stream, recorded.version);
                            Err(crate::event::decode::over(stream, version, &message).into())
                        })
                    }),
                }),
                Err(panic) => keyed = Err(panic),
            }
        });
        let keyed = keyed
            .map_err(|panic| DecodeError::panicked(&event.context(), "its key function", &*panic));
        let read = read.and(keyed);
        if read.is_err() {
            self.steps.truncate(before);
        }
        read
    }

    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn into_vec(self) -> Vec<Step<P>> {
        self.steps
    }
}

/// The keys, each once and in order.
fn collected(keys: impl FnOnce(&mut dyn FnMut(Key))) -> Vec<Key> {
    let mut collected = Vec::with_capacity(1);
    keys(&mut |key| collected.push(key));
    collected.sort_unstable();
    collected.dedup();
    collected
}

impl<P> fmt::Debug for Steps<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("steps", &self.steps.len())
            .finish()
    }
}
