//! What the macros say of the items they are written on, for the lock and the catalogue.

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
    /// Its module, from the crate's name on.
    pub module: &'static str,
    /// What it is called in the code.
    pub ident: &'static str,
    /// What is written above it.
    pub docs: &'static str,
    /// Under which macro.
    pub item: Item,
}

inventory::collect!(Registered);

impl Registered {
    /// The items of all crates that are linked into the program.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        inventory::iter::<Self>.into_iter()
    }

    /// The crate that it stands in.
    #[must_use]
    pub fn crate_name(&self) -> &'static str {
        let module = self.module;
        module.split_once("::").map_or(module, |(krate, _)| krate)
    }

    /// Whether it stands in this module, or this crate, or further in.
    #[must_use]
    pub fn is_in(&self, module: &str) -> bool {
        let module = module.replace("r#", "");
        let further = self.module.strip_prefix(module.as_str());
        further.is_some_and(|further| further.is_empty() || further.starts_with("::"))
    }
}

/// Takes an item into what the program knows of itself.
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($registered:expr) => {
        // What it names may be deprecated.
        #[allow(deprecated)]
        const _: () = {
            $crate::__private::inventory::submit! { $registered }
        };
    };
}

/// What an item is.
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
    /// How they are read.
    pub set: SetOf,
    /// What the user shows of them, where it cannot be found out without.
    pub samples: fn() -> Vec<Box<dyn AnyEvent>>,
}

/// An event.
#[derive(Debug)]
pub struct EventItem {
    /// What the variant is called in the code; nothing where the item is a struct.
    pub variant: &'static str,
    /// What is written above the variant; nothing where the item is a struct.
    pub docs: &'static str,
    /// Under which names, and in which version, it is stored.
    pub of: EventType,
    /// The version before, by its path in the code.
    pub from: Option<&'static str>,
    /// Why nobody reads it, where that is meant.
    pub unread: Option<&'static str>,
    /// Its fields.
    pub fields: &'static [FieldItem],
    /// Its tags.
    pub tags: &'static [TagItem],
}

/// A tag of an event, or several that a function computes.
#[derive(Debug)]
pub struct TagItem {
    /// The key of a field's tag, the whole of a constant one, or the function's path as it is written.
    pub text: &'static str,
    /// The source of its value.
    pub source: TagSource,
}

/// The source of a tag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagSource {
    /// From the field of this name, or number.
    Field(&'static str),
    /// Every such event has the same.
    Constant,
    /// From a function of the event.
    Computed,
}

/// A field of an event, as it is written.
#[derive(Debug)]
pub struct FieldItem {
    /// What it is called in the code, or its number.
    pub ident: &'static str,
    /// What is written above it.
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
    /// The commands that it says it handles.
    pub commands: &'static [CommandItem],
}

/// A command that an aggregate handles.
#[derive(Debug)]
pub struct CommandItem {
    /// What it is called in the code.
    pub ident: &'static str,
    /// The events that may follow.
    pub events: fn() -> Vec<EventType>,
}

/// A projection.
#[derive(Debug)]
pub struct ProjectionItem {
    /// What it is called.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// See [`EventProjection::EVENTS`](crate::projection::EventProjection::EVENTS); nothing where it reads
    /// another one's rows.
    pub events: &'static [&'static [EventType]],
    /// The projection that it follows, if it reads another one's rows.
    pub follows: Option<&'static str>,
}

/// A reactor.
#[derive(Debug)]
pub struct ReactorItem {
    /// What it is called.
    pub name: &'static str,
    /// See [`Reactor::EVENTS`](crate::Reactor::EVENTS).
    pub events: &'static [&'static [EventType]],
}

/// What the events of an item look like.
#[derive(Debug)]
pub struct Traced {
    /// Of each event, in order.
    pub shapes: Vec<Shape>,
    /// Payloads of them.
    pub samples: Vec<TracedSample>,
}

/// An event that was made up, as it is stored.
#[derive(Debug)]
pub struct TracedSample {
    /// Which of the events it is.
    pub event: usize,
    /// As JSON.
    pub json: Vec<u8>,
    /// As `MessagePack`; nothing in a program that does not read it.
    pub msgpack: Option<Vec<u8>>,
}

/// What the `sample` function of `S` shows.
#[must_use]
pub fn samples<S: EventSet + Samples>() -> Vec<Box<dyn AnyEvent>> {
    let boxed = |event| Box::new(event) as Box<dyn AnyEvent>;
    S::samples().into_iter().map(boxed).collect()
}

impl EventsItem {
    /// What the events look like.
    ///
    /// # Errors
    ///
    /// Where it cannot be found out.
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
    // What the user shows of an event is what is stored; what was made up need not be.
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
