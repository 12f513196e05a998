//! The items that generated code uses.

#[cfg(feature = "schema")]
pub use crate::schema::event_set::SetOf;
#[cfg(feature = "schema")]
pub use crate::schema::registry::{
    AggregateItem, CommandItem, EventItem, EventsItem, FieldItem, Item, ProjectionItem,
    ReactorItem, Registered, TagItem, TagSource, Traced, samples,
};
#[cfg(feature = "schema")]
pub use inventory;
pub use serde;

pub use crate::aggregate::commands::events_of;
pub use crate::aggregate::snapshots::state::{Comparable, State, sampled_snapshots, snapshots};
pub use crate::event::into_events::DecidedTypes;
pub use crate::event::listed::{Listed, same};
pub use crate::event::names::{clashes, contains, contains_all, eq, is_unique};
pub use crate::event::payload_codec::{
    decode_struct, decode_variant, encode, tag, tags, unknown_name, upcast_variant,
};
pub use crate::event::probe::{NoClone, NoEvent, Probe};
pub use crate::event::sample::{Sample, Samples};
pub use crate::event::unlisted::Unlisted;
pub use crate::event::upcast::{TryUpcast, Upcast, try_upcast};
pub use crate::event::variant_names::VariantNames;
pub use crate::projection::key_argument::key_argument;
pub use crate::reactor::dispatch::{Projected, key, part, set_of, sets_clash, variant};

/// Without the feature `schema`, nobody asks.
#[cfg(not(feature = "schema"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($registered:expr) => {};
}
