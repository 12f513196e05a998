//! The code that the crash tests share with the processes that they kill.

pub mod fleet;
pub mod inline;
mod load;
pub mod model;
pub mod projections;
pub mod reactions;
mod report;

pub use load::{commit, number, stream, streams};
pub use report::{Report, print_line, refused, stored, unknown};
