//! What is to be done on which rows, before they are there.

mod source_buffer;
mod step_list;

use std::fmt;

use super::row::BoxError;
use super::{Follow, IntoKeys, IntoRow, Key, Project, ProjectAt, Row, RowChange};
use crate::codec::DecodeError;
use crate::event::{EventSet, EventType, Recorded};
use crate::store::StoredEvent;
use crate::values::StreamId;
use source_buffer::SourceBuffers;
pub(crate) use step_list::StepList;

/// What events, or changed rows, mean to the rows of `P`: filled by what
/// `#[derive(Projection)]` writes.
pub struct Steps<P> {
    list: StepList,
    /// The events or changes of all steps.
    sources: SourceBuffers<P>,
}

impl<P> Default for Steps<P> {
    fn default() -> Self {
        Self {
            list: StepList::default(),
            sources: SourceBuffers::default(),
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
        let follow =
            |change: &RowChange<S>, key: &Key, row: &mut P| row.follow(key, change).into_row();
        let (buffer, sources) = self.sources.buffer_of(follow);
        let source = (buffer, sources.len());
        if self.list.add(source, &mut |each| keys(change, each)) {
            sources.push(change.clone());
        }
    }

    pub(crate) fn each<E: EventSet>(
        &mut self,
        event: &StoredEvent<'_>,
        keys: impl Fn(&Recorded<E>, &mut dyn FnMut(Key)),
        project: impl Fn(&Recorded<E>, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
    ) -> Result<(), DecodeError> {
        let (buffer, sources) = self.sources.buffer_of(project);
        let mut steps = self.list.begin_event(buffer);
        let read = Recorded::decode(event, &mut |recorded: Recorded<E>| {
            if steps.add(sources.len(), &mut |each| keys(&recorded, each)) {
                sources.push(recorded);
            }
        });
        steps.finish(event, read)
    }

    /// The steps without their events.
    pub(crate) fn list(&self) -> &StepList {
        &self.list
    }

    pub(crate) fn list_mut(&mut self) -> &mut StepList {
        &mut self.list
    }

    /// Takes the step of this number into a row.
    pub(crate) fn run(&self, number: usize, key: &Key, row: &mut P) -> Result<Row, BoxError> {
        self.sources.run(self.list.step(number).source, key, row)
    }

    /// The stream and the version of the event of a step; `None` for a changed row.
    pub(crate) fn origin(&self, number: usize) -> Option<(&StreamId, u64)> {
        self.sources.origin(self.list.step(number).source)
    }

    /// Removes all steps, and keeps the memory for the next ones.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.sources.clear();
    }
}

impl<P> fmt::Debug for Steps<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("steps", &self.list.len())
            .finish_non_exhaustive()
    }
}
