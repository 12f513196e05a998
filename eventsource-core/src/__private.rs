//! What generated code uses.

mod listed;
mod names;
mod payload;
mod probe;
mod projected;
mod state;
mod unlisted;
mod upcast;

pub use serde;

pub use listed::{Listed, same};
pub use names::{clashes, contains, eq, is_unique};
pub use payload::{decode_struct, decode_variant, encode, tag, unknown_name, upcast_variant};
pub use probe::{NoEvent, Probe};
pub use projected::{Projected, key, part, set_of, sets_clash, variant};
pub use state::{Sample, State, sampled_snapshots, snapshots};
pub use unlisted::Unlisted;
pub use upcast::Upcast;
