#![doc = include_str!("lib.md")]

#[macro_use]
mod cases;
mod case;
mod hold;
mod report;
mod stale;

pub mod handlers;
pub mod inline;
pub mod read_model;
pub mod store;
pub mod verify;

pub use hold::{Gate, Hold};
pub use report::{Failed, Report, Skipped};
pub use stale::StaleStore;
