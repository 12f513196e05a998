//! What is asked of the program's events.

use super::{EventSchema, Schema};

impl Schema {
    /// The events that are or were stored under this name, in any version.
    pub(crate) fn stored_as(&self, name: &str) -> impl Iterator<Item = &EventSchema> {
        let events = self.events.iter();
        events.filter(move |event| event.of().is_stored_as(name))
    }

    /// The event that everything stored under this name is read as.
    pub(crate) fn head(&self, name: &str) -> Option<&EventSchema> {
        self.stored_as(name).max_by_key(|event| event.of().version)
    }

    /// The type that describes this version of what is stored under this name.
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
    /// Whether what is stored in this version is read by a step to a later one.
    pub(crate) fn is_earlier_than(&self, head: &Self) -> bool {
        self.of().version < head.of().version
    }

    /// What it is called in the code.
    pub(crate) fn ident(&self) -> &'static str {
        match self.event.variant {
            "" => self.at.ident,
            variant => variant,
        }
    }
}
