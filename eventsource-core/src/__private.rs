//! What generated code uses.

mod command;
mod listed;
mod names;
mod payload;
mod probe;
mod projected;
mod sample;
mod state;
mod unlisted;
mod upcast;

#[cfg(feature = "schema")]
pub use crate::schema::{
    AggregateItem, CommandItem, EventItem, EventsItem, FieldItem, Item, ProjectionItem,
    ReactorItem, Registered, SetOf, Traced, samples,
};
#[cfg(feature = "schema")]
pub use inventory;
pub use serde;

pub use command::events_of;
pub use listed::{Listed, same};
pub use names::{clashes, contains, contains_all, eq, is_unique};
pub use payload::{decode_struct, decode_variant, encode, tag, unknown_name, upcast_variant};
pub use probe::{NoClone, NoEvent, Probe};
pub use projected::{Projected, key, part, set_of, sets_clash, variant};
pub use sample::{Sample, Samples};
pub use state::{Comparable, State, sampled_snapshots, snapshots};
pub use unlisted::Unlisted;
pub use upcast::{TryUpcast, Upcast, try_upcast};

/// Without the feature `schema`, nobody asks.
#[cfg(not(feature = "schema"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($registered:expr) => {};
}
