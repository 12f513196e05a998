//! What a connection keeps of the types of events that it has met.

use std::collections::HashMap;

use eventsource_core::Codec;
use eventsource_core::store::NewEvent;

/// A program has few names of events; of one that makes them up, no more are remembered.
pub(crate) const NAMES: usize = 1024;

/// How an event is stored.
#[derive(Debug)]
pub(crate) struct EventType {
    pub(crate) name: String,
    pub(crate) schema: u32,
    pub(crate) codec: Codec,
}

/// The numbers of types that were stored, under their names.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<Box<str>, Vec<(u32, Codec, i64)>>);

impl Numbers {
    pub(crate) fn get(&self, event: &NewEvent) -> Option<i64> {
        let of_name = self.0.get(&*event.name)?;
        let found = of_name
            .iter()
            .find(|(schema, codec, _)| (*schema, *codec) == (event.schema, event.codec));
        found.map(|(_, _, number)| *number)
    }

    pub(crate) fn put(&mut self, event: &NewEvent, number: i64) {
        if self.0.len() >= NAMES {
            self.forget();
        }
        let of_name = self.0.entry((*event.name).into()).or_default();
        of_name.push((event.schema, event.codec, number));
    }

    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
