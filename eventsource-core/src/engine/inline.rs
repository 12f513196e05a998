//! Inline projections, whose rows change in the transaction of the append.

mod build;
mod group;
mod overlay;
mod projection;
mod registration;
mod rules;

pub use build::{FoldedPage, PageFold};
pub use group::{CommitRows, InlineGroup, MissingRows, RuleFold};
pub use projection::{InlineFold, InlineProjection};
pub use registration::{BuildState, RegisterError, Registering, Registration};
pub use rules::{InlineRules, RuleMismatch};
