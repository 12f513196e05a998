//! The registry of all items under the macros, for the lock and the catalogue.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use eventsource_shape::{self as shape, Shape, Untraceable};

use super::{READS_MESSAGEPACK, SetOf, payload, trace_events};
use crate::codec::Codec;
use crate::event::sample::Samples;
use crate::event::{AnyEvent, EventSet, EventType};

/// An item under one of the macros.
#[derive(Debug)]
pub struct Registered {
    /// The path of its module, with the name of the crate.
    pub module: &'static str,
    /// Its name in the code.
    pub ident: &'static str,
    /// Its doc comment.
    pub docs: &'static str,
    /// The macro, and what it knows of the item.
    pub item: Item,
}

inventory::collect!(Registered);

impl Registered {
    /// The items of all crates that are linked into the program.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        inventory::iter::<Self>.into_iter()
    }

    /// The name of its crate.
    #[must_use]
    pub fn crate_name(&self) -> &'static str {
        let module = self.module;
        module.split_once("::").map_or(module, |(krate, _)| krate)
    }

    /// Whether the item is in this module or crate, or in a module inside.
    #[must_use]
    pub fn is_in(&self, module: &str) -> bool {
        let module = module.replace("r#", "");
        let further = self.module.strip_prefix(module.as_str());
        further.is_some_and(|further| further.is_empty() || further.starts_with("::"))
    }
}

/// Adds an item to the registry.
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($registered:expr) => {
        // The item may be deprecated.
        #[allow(deprecated)]
        const _: () = {
            $crate::__private::inventory::submit! { $registered }
        };
    };
}

/// The kind of an item.
#[derive(Debug)]
pub enum Item {
    /// `#[event]`
    Events(EventsItem),
    /// `#[derive(Aggregate)]`
    Aggregate(AggregateItem),
    /// `#[derive(Projection)]`
    Projection(ProjectionItem),
    /// `#[derive(Reactor)]`
    Reactor(ReactorItem),
}

/// A struct that is an event, or an enum of events.
#[derive(Debug)]
pub struct EventsItem {
    /// The events: one of a struct, one for each variant of an enum.
    pub events: &'static [EventItem],
    /// The functions that trace them.
    pub set: SetOf,
    /// The samples of the user, for types that cannot be traced without.
    pub samples: fn() -> Vec<Box<dyn AnyEvent>>,
}

/// An event.
#[derive(Debug)]
pub struct EventItem {
    /// The name of the variant in the code; empty if the item is a struct.
    pub variant: &'static str,
    /// The doc comment of the variant; empty if the item is a struct.
    pub docs: &'static str,
    /// The stored names and the version.
    pub of: EventType,
    /// The version before, by its path in the code.
    pub from: Option<&'static str>,
    /// The reason why no aggregate, projection or reactor reads it, if that is intended.
    pub unread: Option<&'static str>,
    /// Its fields.
    pub fields: &'static [FieldItem],
    /// Its tags.
    pub tags: &'static [TagItem],
}

/// A tag of an event, or several that a function computes.
#[derive(Debug)]
pub struct TagItem {
    /// The key of a field's tag, the whole constant tag, or the path of the function as in the source.
    pub text: &'static str,
    /// The source of its value.
    pub source: TagSource,
}

/// The source of a tag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagSource {
    /// The field of this name, or number.
    Field(&'static str),
    /// A constant.
    Constant,
    /// A function of the event.
    Computed,
}

/// A field of an event, as in the source.
#[derive(Debug)]
pub struct FieldItem {
    /// Its name in the code, or its number.
    pub ident: &'static str,
    /// Its doc comment.
    pub docs: &'static str,
    /// Its type.
    pub of: &'static str,
}

/// An aggregate.
#[derive(Debug)]
pub struct AggregateItem {
    /// See [`Aggregate::CATEGORY`](crate::Aggregate::CATEGORY).
    pub category: &'static str,
    /// Its events.
    pub events: &'static [EventType],
    /// See [`Aggregate::IGNORES`](crate::Aggregate::IGNORES).
    pub ignores: &'static [&'static str],
    /// The commands in its attribute.
    pub commands: &'static [CommandItem],
}

/// A command that an aggregate handles.
#[derive(Debug)]
pub struct CommandItem {
    /// Its name in the code.
    pub ident: &'static str,
    /// The events that it may decide.
    pub events: fn() -> Vec<EventType>,
}

/// A projection.
#[derive(Debug)]
pub struct ProjectionItem {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// See [`EventProjection::EVENTS`](crate::projection::EventProjection::EVENTS); empty if it follows
    /// another projection.
    pub events: &'static [&'static [EventType]],
    /// The projection that it follows, if it follows one.
    pub follows: Option<&'static str>,
}

/// A reactor.
#[derive(Debug)]
pub struct ReactorItem {
    /// Its name.
    pub name: &'static str,
    /// See [`Reactor::EVENTS`](crate::Reactor::EVENTS).
    pub events: &'static [&'static [EventType]],
}

/// The shapes of the events of an item, with payloads.
#[derive(Debug)]
pub struct Traced {
    /// The shape of each event, in order.
    pub shapes: Vec<Shape>,
    /// Payloads that show the shapes.
    pub samples: Vec<TracedSample>,
}

/// The stored form of a synthetic event.
#[derive(Debug)]
pub struct TracedSample {
    /// The index of the event in its item.
    pub event: usize,
    /// The payload as JSON.
    pub json: Vec<u8>,
    /// The payload as `MessagePack`; `None` in a program that does not read it.
    pub msgpack: Option<Vec<u8>>,
}

/// The events of the `sample` function of `S`.
#[must_use]
pub fn samples<S: EventSet + Samples>() -> Vec<Box<dyn AnyEvent>> {
    let boxed = |event| Box::new(event) as Box<dyn AnyEvent>;
    S::samples().into_iter().map(boxed).collect()
}

impl EventsItem {
    /// Traces the shapes of the events.
    ///
    /// # Errors
    ///
    /// The type cannot be traced.
    pub fn trace(&self) -> Result<Traced, Untraceable> {
        let traced = || traced(self.set, &(self.samples)());
        catch_unwind(traced).unwrap_or_else(|_| {
            Err(Untraceable {
                at: self
                    .events
                    .iter()
                    .map(|event| event.of.name)
                    .collect::<Vec<_>>()
                    .join(", "),
                reason: "reading a value that was made up, or making a sample, panics".to_owned(),
            })
        })
    }
}

fn traced(set: SetOf, given: &[Box<dyn AnyEvent>]) -> Result<Traced, Untraceable> {
    let shape::Traced { shape, values } = trace_events(set, given)?;
    let shapes = match shape {
        Shape::OneOf(_, variants) if !set.variants.is_empty() => {
            variants.into_iter().map(|variant| variant.shape).collect()
        }
        shape => vec![shape],
    };
    // Samples of the user are stored values; synthetic ones need not be valid.
    let shown: BTreeSet<_> = given.iter().map(|event| set.index(&**event)).collect();
    let made_up = values
        .iter()
        .filter(|event| !shown.contains(&set.index(&***event)));
    let events = given.iter().chain(made_up);
    let samples = events.map(|event| sample(set, &**event));
    let samples = samples.collect::<Result<_, _>>()?;
    Ok(Traced { shapes, samples })
}

fn sample(set: SetOf, event: &dyn AnyEvent) -> Result<TracedSample, Untraceable> {
    let write = |codec| {
        payload(event, codec).map_err(|error| Untraceable {
            at: event.event_type().name.to_owned(),
            reason: error.to_string(),
        })
    };
    Ok(TracedSample {
        event: set.index(event),
        json: write(Codec::Json)?,
        msgpack: READS_MESSAGEPACK
            .then(|| write(Codec::MessagePack))
            .transpose()?,
    })
}
