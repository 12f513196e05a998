//! Read models in the same file.

mod apply;
mod catalogue;
mod claim;
mod durability;
mod guard;
mod handler;
mod job;
mod known;
mod lease;
mod names;
mod parked;
mod read;
mod remove;
mod request;
mod rows;
mod store;
mod switch;
mod transaction;
mod view;
mod write;

pub(crate) use apply::{Applied, apply};
pub(crate) use durability::Durability;
pub(crate) use guard::Guard;
pub use handler::{SqliteHandler, handler};
pub(crate) use request::{Answer, Step, Told};
pub use transaction::Transaction;
