#![doc = include_str!("lib.md")]
#![doc = ""]
#![doc = include_str!("file/schema.md")]

mod execution;
mod fault;
mod file;
mod lifetime;
mod models;
mod opened;
mod options;
mod panic;
mod pinned;
mod read;
mod store;
mod tables;
mod threads;
mod watcher;
mod writer;

pub use rusqlite;

pub use models::{SqliteHandler, Transaction, handler};
pub use options::SqliteOptions;
pub use store::SqliteStore;
