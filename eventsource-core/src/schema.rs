//! The program as its macros describe it, for `eventsource-schema`. Not part of the public API.

pub(crate) mod event_set;
pub(crate) mod registry;

pub use event_set::{Parts, SetOf, payload, trace_events};
pub use registry::{
    AggregateItem, CommandItem, EventItem, EventsItem, FieldItem, Item, ProjectionItem,
    ReactorItem, Registered, TagItem, TagSource, Traced, TracedSample, samples,
};

/// Whether the program reads `MessagePack`.
pub const READS_MESSAGEPACK: bool = cfg!(feature = "messagepack");
