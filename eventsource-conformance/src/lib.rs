#![doc = include_str!("lib.md")]

#[macro_use]
mod cases;
mod run;

#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod read_model;
#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod store;

#[doc(hidden)]
pub use run::run;
