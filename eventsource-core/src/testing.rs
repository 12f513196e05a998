//! The test kit: tests of decisions and projections without a store.

mod environment;
mod rows;
mod scenario;

pub use environment::TestEnvironment;
pub use rows::RowsScenario;
pub use scenario::{Outcome, Scenario};
