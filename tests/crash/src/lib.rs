//! What the crash tests and the processes that they kill have in common.

mod load;
pub mod model;
pub mod projections;
pub mod reactions;
mod told;

pub use load::{commit, number, stream, streams};
pub use told::{Told, refused, stored, tell, unknown};
