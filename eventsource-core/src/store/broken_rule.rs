//! The error of a commit that breaks a rule.

use std::error::Error;

use crate::values::Position;

/// The error of an inline projection that refuses an event: a new one, or one of a history that is older
/// than the rule. It names the rule, and contains nothing of the event or its key.
///
/// ```
/// use eventsource_core::{AppendError, BrokenRule, ErrorClass, Position};
///
/// let rule = BrokenRule::new("stock", Position::new(7), "out of stock");
/// let error = AppendError::Rule(rule);
/// assert_eq!(error.class(), ErrorClass::Refused);
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{model} refuses an event{}", at_position(*.position))]
#[non_exhaustive]
#[doc(alias("set validation", "unique constraint"))]
pub struct BrokenRule {
    /// The name and the version of the projection.
    pub model: String,
    /// The position of the event; [`Position::START`] if it is not stored.
    pub position: Position,
    /// The error of the projection.
    pub source: Box<dyn Error + Send + Sync>,
}

impl BrokenRule {
    /// Creates the error of a projection that refuses the event at a position.
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

fn at_position(position: Position) -> String {
    if position == Position::START {
        return String::new();
    }
    format!(" at position {position}")
}
