//! What can happen in a program, for those who do not read its code.

mod error;
mod event;
mod files;
mod json;
mod json_schema;
mod markdown;
mod mermaid;
mod program;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{EventSchema, Schema};

use event::{Event, Version};
use program::{Aggregate, Kind, Reader};

pub use error::CatalogueError;

/// What can happen in a program, and who has to do with it: its aggregates with their commands and
/// events, what the events look like in every version, and who reads them. It is made of what the
/// macros know and of the comments in the code, without running the program.
///
/// A crate is in the catalogue if it is linked, which `use shop as _;` is enough for.
///
/// ```standalone_crate
/// use eventsource_core::{Aggregate, Apply, Handle, event};
/// use eventsource_schema::Catalogue;
///
/// /// What can happen to a door.
/// #[event]
/// pub enum DoorEvent {
///     /// Somebody went in or out.
///     Opened {
///         /// Who.
///         by: String,
///     },
///     /// The wind, mostly.
///     #[event(unread = "seen when the state of a door is asked for")]
///     Closed,
/// }
///
/// /// A door.
/// #[derive(Aggregate, Default)]
/// #[aggregate(event = DoorEvent, commands(Open))]
/// pub struct Door {
///     open: bool,
/// }
///
/// impl Apply<DoorEvent> for Door {
///     fn apply(&mut self, event: DoorEvent) {
///         self.open = matches!(event, DoorEvent::Opened { .. });
///     }
/// }
///
/// pub struct Open {
///     by: String,
/// }
///
/// impl Handle<Open> for Door {
///     type Events = DoorEvent;
///     type Error = &'static str;
///
///     fn handle(&self, open: &Open) -> Result<DoorEvent, &'static str> {
///         let by = open.by.clone();
///         if self.open { Err("it is open") } else { Ok(DoorEvent::Opened { by }) }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let catalogue = Catalogue::of_program()?;
/// assert!(catalogue.markdown().contains("Somebody went in or out."));
/// assert_eq!(catalogue.unread(), ["door.opened"]);
/// # Ok(()) }
/// ```
///
/// A program that writes it, and a test that it is current, stand in `examples/catalogue` of this
/// crate's repository.
#[derive(Debug)]
pub struct Catalogue {
    /// The crates or the module that it is of.
    of: Vec<String>,
    events: Vec<Event>,
    aggregates: Vec<Aggregate>,
    /// Projections, then reactors.
    readers: Vec<Reader>,
}

impl Catalogue {
    /// Of all that is linked into this program.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::NoEvents`], [`CatalogueError::Untraceable`] with every such event, and
    /// [`CatalogueError::StoredTwice`].
    pub fn of_program() -> Result<Self, CatalogueError> {
        let schema = Schema::of_program();
        let mut crates: Vec<_> = schema.events.iter().map(EventSchema::crate_name).collect();
        crates.sort_unstable();
        crates.dedup();
        if crates.is_empty() {
            return Err(CatalogueError::NoEvents { module: None });
        }
        let crates = crates.into_iter().map(str::to_owned).collect();
        Self::new(crates, schema)
    }

    /// Of what stands in one module, and in those within it: of one context of a large program, or
    /// of one program in a crate that has several. Its path begins with the name of the crate.
    ///
    /// # Errors
    ///
    /// As [`of_program`](Self::of_program).
    pub fn of_module(path: &str) -> Result<Self, CatalogueError> {
        let schema = Schema::of(|at| is_within(at.module, path));
        if schema.events.is_empty() {
            let module = Some(path.to_owned());
            return Err(CatalogueError::NoEvents { module });
        }
        Self::new(vec![path.to_owned()], schema)
    }

    fn new(of: Vec<String>, schema: Schema) -> Result<Self, CatalogueError> {
        let (mut versions, mut untraceable) = (Vec::new(), Vec::new());
        for event in schema.events {
            match Version::new(event) {
                Ok(version) => versions.push(version),
                Err(event) => untraceable.push(event),
            }
        }
        if !untraceable.is_empty() {
            return Err(CatalogueError::Untraceable {
                events: untraceable,
            });
        }
        let mut catalogue = Self {
            of,
            events: Event::all(versions)?,
            aggregates: schema.aggregates.iter().map(Aggregate::new).collect(),
            readers: Reader::all(&schema.projections, &schema.reactors),
        };
        catalogue.sort();
        Ok(catalogue)
    }

    /// As the aggregates list them, and behind those, what happens to none.
    fn sort(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        events.sort_by_key(|event| {
            let at = self.owner(event).unwrap_or(self.aggregates.len());
            let of = self.aggregates.get(at).map(|owner| &owner.events);
            (
                at,
                of.and_then(|of| of.iter().position(|name| *name == event.name)),
            )
        });
        self.events = events;
    }

    /// All of it as one document: the aggregates with their commands and events, each event with
    /// its versions, their fields and a payload that shows them, who reads it, and
    /// [the diagram](Self::mermaid).
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::of(self)
    }

    /// What leads to what, as a [Mermaid](https://mermaid.js.org) diagram: commands, events in
    /// their aggregates, projections and reactors.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::whole(self)
    }

    /// What is stored of each event, by name and version, as
    /// [JSON Schema](https://json-schema.org) 2020-12.
    #[must_use]
    pub fn json_schemas(&self) -> BTreeMap<(&'static str, u32), String> {
        let versions = self.events.iter().flat_map(|event| &event.versions);
        let schema = |version: &Version| {
            let of = (version.name, version.number);
            (of, json_schema::of(version))
        };
        versions.map(schema).collect()
    }

    /// The stored names of the events that no projection and no reactor reads, except those that
    /// say why: `#[event(unread = "kept for the audit")]`.
    #[must_use]
    pub fn unread(&self) -> Vec<&'static str> {
        let events = self
            .events
            .iter()
            .filter(|event| event.today().unread.is_none());
        let unread = events.filter(|event| self.readers_of(event.name).next().is_none());
        unread.map(|event| event.name).collect()
    }

    /// Writes the document into `folder` as `README.md`, and beside it the schemas, into a folder
    /// `schemas`. What stands there of events that are no longer there is removed.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::Io`].
    pub fn write_to(&self, folder: impl AsRef<Path>) -> Result<(), CatalogueError> {
        files::write(self, folder.as_ref())
    }

    /// Whether what stands in `folder` is what [`write_to`](Self::write_to) would write.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::Outdated`], which says what is different, and [`CatalogueError::Io`].
    pub fn check(&self, folder: impl AsRef<Path>) -> Result<(), CatalogueError> {
        files::check(self, folder.as_ref())
    }

    /// The place of the aggregate that the event is told with: the first that it happens to.
    fn owner(&self, event: &Event) -> Option<usize> {
        let mut aggregates = self.aggregates.iter();
        aggregates.position(|aggregate| aggregate.events.contains(&event.name))
    }

    fn readers_of(&self, event: &str) -> impl Iterator<Item = &Reader> {
        let reads = move |reader: &&Reader| reader.events.contains(&event);
        self.readers.iter().filter(reads)
    }

    /// The place of the projection that this one follows.
    fn leader(&self, reader: &Reader) -> Option<usize> {
        let name = reader.follows?;
        let leads = |other: &Reader| other.kind == Kind::Projection && other.name == name;
        self.readers.iter().position(leads)
    }

    /// The one that reads events for it: the first of those that follow each other.
    fn source<'c>(&'c self, reader: &'c Reader) -> &'c Reader {
        let leader = |reader: &&Reader| self.leader(reader).map(|at| &self.readers[at]);
        let followed = std::iter::successors(Some(reader), leader);
        followed.take(self.readers.len()).last().unwrap_or(reader)
    }
}

#[cfg(test)]
mod tests;

/// Whether a module is this one, or in it.
fn is_within(module: &str, path: &str) -> bool {
    let inner = module.strip_prefix(path);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with("::"))
}
