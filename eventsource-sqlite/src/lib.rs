#![doc = include_str!("lib.md")]
#![cfg_attr(feature = "handlers", doc = "")]
#![cfg_attr(feature = "handlers", doc = include_str!("handlers.md"))]
#![doc = ""]
#![doc = include_str!("file/schema.md")]
#![cfg_attr(docsrs, feature(doc_cfg))] // labels what a feature adds

mod builder;
mod execution;
mod failure;
mod fault;
mod file;
mod lifetime;
mod models;
mod open_error;
mod opened;
mod panic;
mod pinned;
mod read;
mod store;
mod tables;
mod threads;
mod watcher;
mod writer;

#[cfg(feature = "handlers")]
pub use rusqlite;

pub use builder::SqliteBuilder;
pub use models::InlineError;
#[cfg(feature = "handlers")]
pub use models::{SqliteHandler, Transaction, handler};
pub use open_error::OpenError;
pub use store::SqliteStore;
