//! What the macros know of the program that they are used in, as `eventsource-schema` reads it. Not
//! part of the public API.

pub(crate) mod event_set;
pub(crate) mod registry;

pub use event_set::{Parts, SetOf, payload, trace_events};
pub use registry::{
    AggregateItem, CommandItem, EventItem, EventsItem, FieldItem, Item, ProjectionItem,
    ReactorItem, Registered, TagItem, TagSource, Traced, TracedSample, samples,
};

/// Whether the program reads `MessagePack`.
pub const READS_MESSAGEPACK: bool = cfg!(feature = "messagepack");
