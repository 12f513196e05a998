//! The same work by hand, as somebody would write it who knows `SQLite` and serde and has one
//! program in mind: the same tables with all their columns filled, the same durability, the same
//! grouping of commits, and no checks of what is read.

mod checksum;
mod connection;
mod event;
mod load;
mod read;
mod rebuild;
mod types;
mod writer;

pub(crate) use connection::{Readers, create, open};
pub(crate) use event::{Event, ItemAdded, decode_json, decode_msgpack};
pub(crate) use load::load;
pub(crate) use read::{read_after, read_all};
pub(crate) use rebuild::rebuild;
pub(crate) use writer::{Commit, Writer};

/// The category, which a program with one kind of aggregate knows.
const CATEGORY: &str = "basket";
