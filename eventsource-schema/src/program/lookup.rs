//! Lookups in the events of a program.

use super::{EventSchema, Schema};

impl Schema {
    /// The events that are or were stored under a name, in any version.
    pub(crate) fn stored_as(&self, name: &str) -> impl Iterator<Item = &EventSchema> {
        let events = self.events.iter();
        events.filter(move |event| event.of().is_stored_as(name))
    }

    /// The event as which everything stored under a name is read.
    pub(crate) fn head(&self, name: &str) -> Option<&EventSchema> {
        self.stored_as(name).max_by_key(|event| event.of().version)
    }

    /// The type that describes a version of the events that are stored under a name.
    pub(crate) fn version(&self, name: &str, version: u32) -> Option<&EventSchema> {
        let is_it = |event: &&EventSchema| event.of().version == version;
        let by_name = self.stored_as(name).find(is_it);
        by_name.or_else(|| {
            let mut names = self.head(name)?.of().names();
            names.find_map(|name| self.stored_as(name).find(is_it))
        })
    }
}

impl EventSchema {
    /// Whether events of this version are upcast to the version of `head`.
    pub(crate) fn is_earlier_than(&self, head: &Self) -> bool {
        self.of().version < head.of().version
    }

    /// The name in the code.
    pub(crate) fn ident(&self) -> &'static str {
        match self.event.variant {
            "" => self.at.ident,
            variant => variant,
        }
    }
}
