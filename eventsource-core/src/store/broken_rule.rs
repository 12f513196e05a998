//! That a commit breaks a rule.

use std::error::Error;

use crate::values::Position;

/// That an inline projection refuses an event: as one that is appended, or as one of a history that
/// the rule is newer than. It says which rule, and nothing of the event or of its key.
#[derive(Debug, thiserror::Error)]
#[error("{model} refuses an event{}", place(*.position))]
#[non_exhaustive]
pub struct BrokenRule {
    /// The name and the version of the projection.
    pub model: String,
    /// Where the event stands; [`Position::START`] if it is not stored.
    pub position: Position,
    /// What the projection returned.
    pub source: Box<dyn Error + Send + Sync>,
}

impl BrokenRule {
    /// That this projection refuses the event at a position.
    pub fn new(
        model: impl Into<String>,
        position: Position,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let (model, source) = (model.into(), source.into());
        Self {
            model,
            position,
            source,
        }
    }
}

fn place(position: Position) -> String {
    if position == Position::START {
        return String::new();
    }
    format!(" at position {position}")
}
