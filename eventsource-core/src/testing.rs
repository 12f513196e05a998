//! The test kit: domains without a store.

mod rows;
mod scenario;

pub use rows::RowsScenario;
pub use scenario::{Outcome, Scenario};
