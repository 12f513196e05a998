//! The error of a model that is not in the store.

/// No runner has begun to build the model, or `remove_older` of a newer version has removed it.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{model} is not there: no runner has begun to build it, or it was removed when a newer version took its place; start a `Runner` that has it, or use a program with the newer version"
)]
#[non_exhaustive]
pub struct ModelNotFound {
    /// The name and version of the model, or of a projection whose table was asked for.
    pub model: String,
}

impl ModelNotFound {
    /// The error of this model, which displays its name and version.
    #[must_use]
    pub fn new(model: &impl ToString) -> Self {
        let model = model.to_string();
        Self { model }
    }
}
