//! The error of a model with names that a store cannot use.

use std::fmt;

/// A model cannot be kept under its names.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{model} cannot be kept: {reason}")]
#[non_exhaustive]
pub struct ModelNamesError {
    /// The name and version of the model.
    pub model: String,
    /// The mistake in a name, and the remedy.
    pub reason: String,
}

impl ModelNamesError {
    /// The error of this model, for this reason.
    #[must_use]
    pub fn new(model: &impl fmt::Display, reason: impl Into<String>) -> Self {
        Self {
            model: model.to_string(),
            reason: reason.into(),
        }
    }
}
