//! The test kit: domains without a store, and stores without a domain.

#[cfg(feature = "conformance")]
#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod conformance;
mod environment;
#[cfg(feature = "conformance")]
#[expect(clippy::missing_panics_doc, reason = "a case fails by a panic")]
pub mod read_model_conformance;
mod rows;
mod scenario;

pub use environment::TestEnvironment;
pub use rows::RowsScenario;
pub use scenario::{Outcome, Scenario};
