//! Claims, leases, writes and switches of read models, as decisions on stored entries.
//!
//! A store reads entries, asks for a decision, and makes the changes that come with it, all in one
//! transaction. No decision is made in SQL, so that every store makes the same ones.

mod catalog;
mod change;
mod claim;
mod entry;
#[cfg(test)]
mod laws;
mod parked_key;
mod remove;
mod switch;

pub use catalog::ModelCatalog;
pub use change::{ModelChange, ModelDecision};
pub use entry::{InlineState, ModelEntry};
pub use parked_key::{ParkedKey, ParkedPlan};
