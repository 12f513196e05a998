#![doc = include_str!("lib.md")]

#[macro_use]
mod cases;
mod case;
mod forward;
mod hold;
mod report;
mod stale;

#[doc(hidden)]
pub mod __private;
pub mod handlers;
pub mod inline;
pub mod read_model;
pub mod store;
pub mod verify;

pub use hold::{Gate, Hold};
pub use report::{Failed, Report, Skipped};
pub use stale::StaleStore;
