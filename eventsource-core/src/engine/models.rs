//! Claims, leases, writes and switches of read models, as decisions on stored entries.
//!
//! A store reads entries, asks for a decision, and makes the changes that come with it, all in one
//! transaction. No decision is made in SQL, so that every store makes the same ones.
//!
//! # Example
//!
//! A plan says how a parked key and its queue change:
//!
//! ```
//! use eventsource_core::{Key, Position};
//! use eventsource_core::engine::models::{ParkedKey, ParkedPlan};
//! use eventsource_core::read_model::Parking;
//!
//! let failed = Parking::failed(Key::of("tea"), Position::new(7), "no price");
//! let ParkedPlan::Enqueue { position, row, .. } = ParkedKey::plan(None, failed) else { panic!() };
//! let tea = row.expect("the key was not parked");
//! assert_eq!((position, tea.position), (Position::new(7), Position::new(7)));
//!
//! let done = Parking::done(Key::of("tea"), Position::new(7));
//! let ParkedPlan::Dequeue { row, .. } = ParkedKey::plan(Some(tea), done) else { panic!() };
//! let nothing_waits = None;
//! assert!(row.unwrap().retried(nothing_waits).is_none(), "the key is free");
//! ```

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
