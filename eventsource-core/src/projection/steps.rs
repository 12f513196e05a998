//! What is to be done on which rows, before they are there.

mod source_buffer;

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::row::BoxError;
use super::{Follow, IntoKeys, IntoRow, Key, Project, ProjectAt, Row, RowChange};
use crate::codec::DecodeError;
use crate::event::{EventSet, EventType, Recorded};
use crate::panic;
use crate::store::StoredEvent;
use crate::values::Position;
use source_buffer::SourceBuffers;

/// What events, or changed rows, mean to the rows of `P`: filled by what
/// `#[derive(Projection)]` writes.
pub struct Steps<P> {
    all: Vec<Step>,
    /// The keys of all steps.
    keys: Vec<Key>,
    /// The events or changes of all steps.
    sources: SourceBuffers<P>,
    turn: usize,
    at: Position,
}

/// What one event, or one changed row, means to some rows.
pub(crate) struct Step {
    /// The number of the event or of the changed row in its batch: steps of the same number are
    /// taken as a whole or not at all.
    pub(crate) turn: usize,
    pub(crate) at: Position,
    keys: Range<usize>,
    /// Where the event or the change is.
    source: (usize, usize),
}

impl<P> Default for Steps<P> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            keys: Vec::new(),
            sources: SourceBuffers::default(),
            turn: 0,
            at: Position::START,
        }
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
        let before = self.keys.len();
        keys(change, &mut |key| self.keys.push(key));
        let follow =
            |change: &RowChange<S>, key: &Key, row: &mut P| row.follow(key, change).into_row();
        let buffer = self.sources.buffer_of(&follow);
        if let Some(keys) = distinct_from(&mut self.keys, before) {
            let source = self.sources.push(buffer, change.clone(), follow);
            self.all.push(Step {
                turn: self.turn,
                at: self.at,
                keys,
                source,
            });
        }
    }

    pub(crate) fn each<E: EventSet>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>, &mut dyn FnMut(Key)),
        project: impl Fn(&Recorded<E>, &Key, &mut P) -> Result<Row, BoxError> + Copy + Send + 'static,
    ) -> Result<(), DecodeError> {
        let project = move |recorded: &Recorded<E>, key: &Key, row: &mut P| {
            let projected = panic::caught(|| project(recorded, key, row));
            projected.unwrap_or_else(|message| {
                let (stream, version) = (&recorded.stream, recorded.version);
                Err(crate::event::decode::over(stream, version, &message).into())
            })
        };
        let (before, keys_before) = (self.all.len(), self.keys.len());
        let buffer = self.sources.buffer_of(&project);
        let mut keyed = Ok(());
        let read = Recorded::decode(event, &mut |recorded: Recorded<E>| {
            if keyed.is_err() {
                return;
            }
            let before = self.keys.len();
            let collect = || keys(&recorded, &mut |key| self.keys.push(key));
            keyed = catch_unwind(AssertUnwindSafe(collect));
            if keyed.is_ok()
                && let Some(keys) = distinct_from(&mut self.keys, before)
            {
                self.all.push(Step {
                    turn: self.turn,
                    at: self.at,
                    keys,
                    source: self.sources.push(buffer, recorded, project),
                });
            }
        });
        let keyed = keyed
            .map_err(|panic| DecodeError::panicked(&event.context(), "its key function", &*panic));
        let read = read.and(keyed);
        if read.is_err() {
            self.all.truncate(before);
            self.keys.truncate(keys_before);
        }
        read
    }

    /// Sets the number and the position of the steps that are added next.
    pub(crate) fn begin_turn(&mut self, turn: usize, at: Position) {
        (self.turn, self.at) = (turn, at);
    }

    /// The steps, each with its number here and its keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Step, &[Key])> {
        let steps = self.all.iter().enumerate();
        steps.map(|(number, step)| (number, step, &self.keys[step.keys.clone()]))
    }

    /// The position of the event of the step of this number.
    pub(crate) fn at(&self, number: usize) -> Position {
        self.all[number].at
    }

    /// Takes the step of this number into a row.
    pub(crate) fn run(&self, number: usize, key: &Key, row: &mut P) -> Result<Row, BoxError> {
        self.sources.run(self.all[number].source, key, row)
    }

    /// Removes all steps, and keeps the memory for the next ones.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.keys.clear();
        self.sources.clear();
    }
}

/// Sorts the keys from an index on, and removes those that are there twice; `None` if there are none.
fn distinct_from(keys: &mut Vec<Key>, first: usize) -> Option<Range<usize>> {
    if keys.len() > first + 1 {
        let mut own = keys.split_off(first);
        own.sort_unstable();
        own.dedup();
        keys.append(&mut own);
    }
    (keys.len() > first).then_some(first..keys.len())
}

impl<P> fmt::Debug for Steps<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("steps", &self.all.len())
            .finish_non_exhaustive()
    }
}
