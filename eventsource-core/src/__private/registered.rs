//! What the macros say of the items they are written on, for the lock and the catalogue.

use serde::{Serialize, de::DeserializeOwned};

use crate::shape::{self, Shape, Untraceable};
use crate::{Codec, DecodeError, EventSet, EventType, PayloadContext, StreamId};

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
    /// Reads a payload, and says of how many events it was.
    pub read: fn(&PayloadContext<'_>, &[u8]) -> Result<usize, DecodeError>,
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
    pub(crate) msgpack: Vec<u8>,
}

/// What the events of an enum, or the one that a struct is, look like. With values that the user
/// gives, where it cannot be found out without.
///
/// # Errors
///
/// Where it cannot be found out.
pub fn trace<S>(samples: &[S]) -> Result<Traced, Untraceable>
where
    S: EventSet + Serialize + DeserializeOwned,
{
    let traced = shape::trace(samples)?;
    let shapes = match traced.shape {
        Shape::OneOf(_, variants) if !S::VARIANTS.is_empty() => {
            variants.into_iter().map(|variant| variant.shape).collect()
        }
        shape => vec![shape],
    };
    let values = traced.values.iter().chain(samples);
    let samples = values.map(sample).collect::<Result<_, _>>()?;
    Ok(Traced { shapes, samples })
}

fn sample<S: EventSet>(value: &S) -> Result<TracedSample, Untraceable> {
    let of = value.event_type();
    let event = S::EVENTS.iter().position(|event| *event == of);
    let write = |codec| {
        let stream = StreamId::new("", uuid::Uuid::nil());
        let context = PayloadContext::new(&stream, of.name, of.version, codec);
        value.encode(&context).map_err(|error| Untraceable {
            at: of.name.to_owned(),
            reason: error.to_string(),
        })
    };
    Ok(TracedSample {
        event: event.unwrap_or_default(),
        json: write(Codec::Json)?,
        msgpack: write(Codec::MessagePack)?,
    })
}

/// Of how many events of `S` the payload is.
///
/// # Errors
///
/// Where it cannot be read.
pub fn parts<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
) -> Result<usize, DecodeError> {
    let mut parts = 0;
    S::decode(context, payload, &mut |_| parts += 1)?;
    Ok(parts)
}
