#![doc = include_str!("lib.md")]

mod append;
mod builder;
mod database;
mod failure;
mod open_error;
mod opened;
mod read;
mod shared;
mod snapshots;
mod store;
mod tags;
mod types;
mod watcher;

pub use builder::PostgresBuilder;
pub use open_error::OpenError;
pub use store::PostgresStore;
