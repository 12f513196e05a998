#![doc = include_str!("lib.md")]

#[macro_use]
mod cases;
mod run;

#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod read_model;
#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod store;

mod stale;

#[doc(hidden)]
pub use run::run;
pub use stale::StaleStore;
