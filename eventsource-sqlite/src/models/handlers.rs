//! Handlers of events, with tables of their own.

mod authorizer;
mod handler;
mod job;
mod longest_call;
mod transaction;

pub(crate) use authorizer::Authorizer;
pub use handler::{SqliteHandler, handler};
pub(crate) use job::Job;
pub use transaction::Transaction;
