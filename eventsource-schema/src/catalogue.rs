//! The catalogue: documentation of a program's events, for people who do not read its code.

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
use program::{Aggregate, Kind, Subscriber};

pub use error::CatalogueError;

/// The events of a program, with the aggregates and commands that lead to them, their fields in every
/// version, and the projections and reactors that read them. It is made from the attributes and the
/// comments in the code; the program does not run.
///
/// A crate is in the catalogue if it is linked; `use shop as _;` links it.
///
/// ```standalone_crate
/// use eventsource_core::{Aggregate, Apply, Handle, event};
/// use eventsource_schema::Catalogue;
///
/// /// The events of a door.
/// #[event]
/// pub enum DoorEvent {
///     /// A person went in or out.
///     Opened {
///         /// The name of the person.
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
/// assert!(catalogue.markdown().contains("A person went in or out."));
/// assert_eq!(catalogue.unread(), ["door.opened"]);
/// # Ok(()) }
/// ```
///
/// `examples/catalogue` in the repository has a program that writes a catalogue, and a test that it is
/// current.
#[derive(Debug)]
#[doc(alias("AsyncAPI", "documentation", "event catalog", "JSON Schema"))]
pub struct Catalogue {
    /// The crates or the module that it documents.
    of: Vec<String>,
    events: Vec<Event>,
    aggregates: Vec<Aggregate>,
    /// Projections, then reactors.
    subscribers: Vec<Subscriber>,
}

impl Catalogue {
    /// Makes the catalogue of everything that is linked into this program.
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

    /// Makes the catalogue of one module and its submodules: of one context of a large program, or of
    /// one program in a crate that has several. The path begins with the name of the crate.
    ///
    /// # Errors
    ///
    /// Those of [`of_program`](Self::of_program).
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
            subscribers: Subscriber::all(&schema.projections, &schema.reactors),
        };
        catalogue.sort();
        Ok(catalogue)
    }

    /// Sorts the events as the aggregates list them; events without an aggregate come last.
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

    /// The catalogue as one Markdown document: the aggregates with their commands and events, each
    /// event with its versions, their fields, an example and its readers, and
    /// [the diagram](Self::mermaid).
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::of(self)
    }

    /// The flow of events as a [Mermaid](https://mermaid.js.org) diagram: commands, events in their
    /// aggregates, projections and reactors.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::whole(self)
    }

    /// A [JSON Schema](https://json-schema.org) 2020-12 of each event's payload, by name and version.
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
    /// give a reason: `#[event(unread = "kept for the audit")]`.
    #[must_use]
    pub fn unread(&self) -> Vec<&'static str> {
        let events = self
            .events
            .iter()
            .filter(|event| event.today().unread.is_none());
        let unread = events.filter(|event| self.subscribers_of(event.name).next().is_none());
        unread.map(|event| event.name).collect()
    }

    /// Writes the document to `README.md` in `folder`, and the schemas to the folder `schemas` beside
    /// it. Schemas of events that no longer exist are removed.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::Io`].
    pub fn write_to(&self, folder: impl AsRef<Path>) -> Result<(), CatalogueError> {
        files::write(self, folder.as_ref())
    }

    /// Checks that `folder` has the files that [`write_to`](Self::write_to) would write.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::Outdated`] with the differences, and [`CatalogueError::Io`].
    pub fn check(&self, folder: impl AsRef<Path>) -> Result<(), CatalogueError> {
        files::check(self, folder.as_ref())
    }

    /// The index of the aggregate under which the event is documented: the first that has it.
    fn owner(&self, event: &Event) -> Option<usize> {
        let mut aggregates = self.aggregates.iter();
        aggregates.position(|aggregate| aggregate.events.contains(&event.name))
    }

    fn subscribers_of(&self, event: &str) -> impl Iterator<Item = &Subscriber> {
        let reads = move |subscriber: &&Subscriber| subscriber.events.contains(&event);
        self.subscribers.iter().filter(reads)
    }

    /// The index of the projection that a subscriber follows.
    fn leader(&self, subscriber: &Subscriber) -> Option<usize> {
        let name = subscriber.follows?;
        let leads = |other: &Subscriber| other.kind == Kind::Projection && other.name == name;
        self.subscribers.iter().position(leads)
    }

    /// The subscriber that reads the events: the first in a chain of those that follow each other.
    fn source<'c>(&'c self, subscriber: &'c Subscriber) -> &'c Subscriber {
        let leader =
            |subscriber: &&Subscriber| self.leader(subscriber).map(|at| &self.subscribers[at]);
        let followed = std::iter::successors(Some(subscriber), leader);
        followed
            .take(self.subscribers.len())
            .last()
            .unwrap_or(subscriber)
    }
}

#[cfg(test)]
mod tests;

/// Whether a module is `path` or one of its submodules.
fn is_within(module: &str, path: &str) -> bool {
    let inner = module.strip_prefix(path);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with("::"))
}
