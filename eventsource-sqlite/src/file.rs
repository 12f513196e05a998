//! The file of a store, and the connections to it.

pub(crate) mod backup;
pub(crate) mod checksum;
pub(crate) mod columns;
#[cfg(feature = "hold")]
pub(crate) mod commit_hook;
pub(crate) mod connection;
mod directory;
mod file_id;
pub(crate) mod interned;
pub(crate) mod log_size;
mod ofd_lock;
pub(crate) mod open;
pub(crate) mod open_file;
mod opener;
pub(crate) mod page_use;
pub(crate) mod partial_copy;
pub(crate) mod schema;
pub(crate) mod shared;
pub(crate) mod single_name;
pub(crate) mod store_files;
pub(crate) mod store_id;
pub(crate) mod write_lock;
