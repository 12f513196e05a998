//! The same work written by hand with `SQLite` and serde for one program: the same tables with all
//! their columns filled, the same durability, the same grouping of commits, and the same comparison
//! of each row with its checksum.

mod checksum;
mod commit;
mod connection;
mod digest;
mod event;
mod load;
mod react;
mod read;
mod rebuild;
mod rows;
mod snapshot;
mod types;
mod writer;

pub(crate) use commit::{Commit, NewEvent, Part, Standing};
pub(crate) use connection::{Readers, add_category, create, open};
pub(crate) use event::{Event, ItemAdded, decode_json, decode_msgpack};
pub(crate) use load::{Loaded, events_after, find, fold_on, load};
pub(crate) use react::react;
pub(crate) use read::{read_after, read_all, read_named};
pub(crate) use rebuild::rebuild;
pub(crate) use snapshot::{Snapshot, newest};
pub(crate) use writer::Writer;

/// The category, which a program with one kind of aggregate knows.
const CATEGORY: &str = "basket";
