//! What generated code uses.

mod listed;
mod names;
mod payload;
mod probe;
mod projected;
mod state;
mod unlisted;

pub use serde;

pub use listed::{Listed, same};
pub use names::{clashes, contains, eq, is_unique};
pub use payload::{decode_struct, decode_variant, encode, tag, unknown_name, upcast_variant};
pub use probe::{NoEvent, Probe};
pub use projected::{Projected, key, part, set_of, sets_clash, variant};
pub use state::{State, snapshots};
pub use unlisted::Unlisted;
