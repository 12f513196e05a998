//! What the macros say of the items they are written on, for the lock and the catalogue.

use serde::de::DeserializeOwned;

use super::Samples;
use crate::shape::{self, SetOf, Shape, Untraceable};
use crate::{AnyEvent, Codec, DecodeError, EventSet, EventType, PayloadContext};

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
    /// Finds out what they look like.
    pub trace: fn() -> Result<Traced, Untraceable>,
    /// Reads the events that a payload is of.
    pub read: fn(&PayloadContext<'_>, &[u8]) -> Result<Parts, DecodeError>,
}

/// The events that a payload is of.
pub type Parts = Vec<Box<dyn AnyEvent>>;

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
    /// See [`EventProjection::EVENTS`](crate::EventProjection::EVENTS); nothing where it reads
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
    pub(crate) shapes: Vec<Shape>,
    /// Payloads of them.
    pub(crate) samples: Vec<TracedSample>,
}

/// An event that was made up, as it is stored.
#[derive(Debug)]
pub(crate) struct TracedSample {
    /// Which of the events it is.
    pub(crate) event: usize,
    pub(crate) json: Vec<u8>,
    /// Nothing in a program that reads no `MessagePack`.
    pub(crate) msgpack: Option<Vec<u8>>,
}

/// What the events of an enum, or the one that a struct is, look like.
///
/// # Errors
///
/// Where it cannot be found out.
pub fn trace<S>() -> Result<Traced, Untraceable>
where
    S: EventSet + DeserializeOwned,
{
    traced(SetOf::of::<S>(), &[])
}

/// The same with values that the user gives, where it cannot be found out without.
///
/// # Errors
///
/// Where it cannot be found out.
pub fn trace_sampled<S>() -> Result<Traced, Untraceable>
where
    S: EventSet + DeserializeOwned + Samples,
{
    let boxed = |event| Box::new(event) as Box<dyn AnyEvent>;
    let samples: Vec<_> = S::samples().into_iter().map(boxed).collect();
    traced(SetOf::of::<S>(), &samples)
}

fn traced(set: SetOf, given: &[Box<dyn AnyEvent>]) -> Result<Traced, Untraceable> {
    let shape::Traced { shape, values } = shape::trace_events(set, given)?;
    let shapes = match shape {
        Shape::OneOf(_, variants) if !set.variants.is_empty() => {
            variants.into_iter().map(|variant| variant.shape).collect()
        }
        shape => vec![shape],
    };
    // Those of the user first: they are made to be read.
    let events = given.iter().chain(&values);
    let samples = events.map(|event| sample(set, &**event));
    let samples = samples.collect::<Result<_, _>>()?;
    Ok(Traced { shapes, samples })
}

fn sample(set: SetOf, event: &dyn AnyEvent) -> Result<TracedSample, Untraceable> {
    let write = |codec| {
        shape::payload(event, codec).map_err(|error| Untraceable {
            at: event.event_type().name.to_owned(),
            reason: error.to_string(),
        })
    };
    Ok(TracedSample {
        event: set.index(event),
        json: write(Codec::Json)?,
        msgpack: cfg!(feature = "messagepack")
            .then(|| write(Codec::MessagePack))
            .transpose()?,
    })
}

/// The events of `S` that the payload is of.
///
/// # Errors
///
/// Where it cannot be read.
pub fn parts<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
) -> Result<Parts, DecodeError> {
    let mut parts = Parts::new();
    S::decode(context, payload, &mut |part| parts.push(Box::new(part)))?;
    Ok(parts)
}
