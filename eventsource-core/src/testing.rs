//! The test kit: domains without a store.

mod environment;
mod rows;
mod scenario;

pub use environment::TestEnvironment;
pub use rows::RowsScenario;
pub use scenario::{Outcome, Scenario};
