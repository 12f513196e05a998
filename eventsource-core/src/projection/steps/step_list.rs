//! The keys and the order of steps, without their events.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::codec::DecodeError;
use crate::projection::Key;
use crate::store::StoredEvent;
use crate::values::Position;

/// The steps of a batch. It knows no type of the user, so that it is compiled once and not for each
/// projection.
#[derive(Default)]
pub(crate) struct StepList {
    all: Vec<Step>,
    /// The keys of all steps.
    keys: Vec<Key>,
    /// The input and the position of the steps that are added next.
    input: usize,
    at: Position,
}

/// The effect of one event, or of one changed row, on some rows.
pub(crate) struct Step {
    /// The number of the event, or of the changed row, in its batch. The steps of one input on a row are
    /// applied all or none.
    pub(crate) input: usize,
    pub(crate) at: Position,
    keys: Range<usize>,
    /// The number of a buffer, and the index of the event or of the changed row in it.
    pub(super) source: (usize, usize),
}

/// Passes the keys of a source to a function, one by one.
type EachKey<'k> = &'k mut dyn FnMut(&mut dyn FnMut(Key));

impl StepList {
    /// Sets the input and the position of the steps that are added next.
    pub(crate) fn begin_input(&mut self, input: usize, at: Position) {
        (self.input, self.at) = (input, at);
    }

    /// The steps, each with its number and its keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Step, &[Key])> {
        let steps = self.all.iter().enumerate();
        steps.map(|(number, step)| (number, step, &self.keys[step.keys.clone()]))
    }

    /// The step of this number.
    pub(crate) fn step(&self, number: usize) -> &Step {
        &self.all[number]
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Removes all steps, and keeps their memory.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.keys.clear();
    }

    /// Adds the step of this source; `false` if it has no keys.
    pub(super) fn add(&mut self, source: (usize, usize), keys: EachKey<'_>) -> bool {
        let before = self.keys.len();
        keys(&mut |key| self.keys.push(key));
        let distinct = distinct_from(&mut self.keys, before);
        let has_keys = distinct.is_some();
        self.all.extend(distinct.map(|keys| Step {
            input: self.input,
            at: self.at,
            keys,
            source,
        }));
        has_keys
    }

    /// Begins the steps of one stored event, whose sources are in this buffer.
    pub(super) fn begin_event(&mut self, buffer: usize) -> EventSteps<'_> {
        EventSteps {
            steps_before: self.all.len(),
            keys_before: self.keys.len(),
            list: self,
            buffer,
            panic: None,
        }
    }
}

/// The steps of one stored event, all or none of which are added.
pub(super) struct EventSteps<'l> {
    list: &'l mut StepList,
    steps_before: usize,
    keys_before: usize,
    buffer: usize,
    /// The panic of the key function.
    panic: Option<Box<dyn Any + Send>>,
}

impl EventSteps<'_> {
    /// Adds a step of the event; `false` if it has no keys, or the key function panicked.
    pub(super) fn add(&mut self, index: usize, keys: EachKey<'_>) -> bool {
        if self.panic.is_some() {
            return false;
        }
        let source = (self.buffer, index);
        let add = || self.list.add(source, keys);
        catch_unwind(AssertUnwindSafe(add)).unwrap_or_else(|panic| {
            self.panic = Some(panic);
            false
        })
    }

    /// Removes the steps again if the event could not be read, or its key function panicked.
    pub(super) fn finish(
        self,
        event: &StoredEvent<'_>,
        read: Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let keyed = match &self.panic {
            Some(panic) => Err(DecodeError::panicked(
                &event.context(),
                "its key function",
                &**panic,
            )),
            None => Ok(()),
        };
        let read = read.and(keyed);
        if read.is_err() {
            self.list.all.truncate(self.steps_before);
            self.list.keys.truncate(self.keys_before);
        }
        read
    }
}

/// Sorts the keys from an index on, and removes duplicates; `None` if there are no keys.
fn distinct_from(keys: &mut Vec<Key>, first: usize) -> Option<Range<usize>> {
    if keys.len() > first + 1 {
        let mut own = keys.split_off(first);
        own.sort_unstable();
        own.dedup();
        keys.append(&mut own);
    }
    (keys.len() > first).then_some(first..keys.len())
}
