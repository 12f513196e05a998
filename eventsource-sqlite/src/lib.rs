#![doc = include_str!("lib.md")]
#![doc = ""]
#![doc = include_str!("schema.md")]

mod append;
mod backup;
mod checksum;
mod commit_row;
mod commits;
mod connection;
mod directory;
mod expect;
mod fault;
mod file_id;
mod group;
mod head;
mod idle;
mod known_head;
mod lifetime;
mod log_size;
mod models;
mod ofd_lock;
mod open;
mod open_file;
mod opener;
mod options;
mod page;
mod page_check;
mod partial_copy;
mod placed;
mod prepared;
mod read;
mod read_stream;
mod readers;
mod receipt;
mod receive;
mod remembered;
mod request;
mod row;
mod schema;
mod selection;
mod shared;
mod single_name;
mod snapshots;
mod statements;
mod store;
mod store_files;
mod streams;
mod text;
mod threads;
mod transactions;
mod turns;
mod types;
mod verify;
mod watcher;
mod write_connection;
mod write_lock;
mod writer;

pub use rusqlite;

pub use models::{SqliteHandler, Transaction, handler};
pub use options::SqliteOptions;
pub use store::SqliteStore;
