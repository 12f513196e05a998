//! Read models in the same file.

mod apply;
mod build;
mod catalogue;
mod claim;
mod durability;
mod guard;
mod handler;
mod inline;
mod job;
mod known;
mod lease;
mod longest_call;
mod names;
mod overlay;
mod parked;
mod read;
mod register;
mod remove;
mod request;
mod rows;
mod rules;
mod store;
mod switch;
mod transaction;
mod view;
mod write;

pub(crate) use apply::{Applied, apply};
pub(crate) use durability::Durability;
pub(crate) use guard::Guard;
pub use handler::{SqliteHandler, handler};
pub(crate) use inline::REGISTERED;
pub(crate) use register::{Registering, register};
pub(crate) use request::{Answer, Handled, Step, Told};
pub(crate) use rules::{ChangedRows, OtherRules, Rules};
pub use transaction::Transaction;
