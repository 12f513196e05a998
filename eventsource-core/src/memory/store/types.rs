//! The types of events in memory.

use std::collections::HashMap;

use crate::store::{NewEvent, StoredType};

/// The types of events, each once.
#[derive(Default)]
pub(super) struct Types {
    types: Vec<StoredType>,
    /// The indexes of the types by their names.
    by_name: HashMap<Box<str>, Vec<usize>>,
}

impl Types {
    pub(super) fn at(&self, index: usize) -> &StoredType {
        &self.types[index]
    }

    /// The index of an event's type, which is added if it is new.
    pub(super) fn index_of(&mut self, event: &NewEvent) -> usize {
        let known = self.by_name.get(&*event.name).into_iter().flatten();
        let is_same = |of: &StoredType| (of.schema, of.codec) == (event.schema, event.codec);
        let known = known.copied().find(|&index| is_same(&self.types[index]));
        known.unwrap_or_else(|| self.add(event))
    }

    fn add(&mut self, event: &NewEvent) -> usize {
        let index = self.types.len();
        let event_type = StoredType::new(&*event.name, event.schema, event.codec);
        self.types.push(event_type);
        let same_name = self.by_name.entry((*event.name).into()).or_default();
        same_name.push(index);
        index
    }
}
