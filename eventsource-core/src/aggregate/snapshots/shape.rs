//! The shape of a state, as a text for the fingerprint of its snapshots.

mod words;
mod writer;

use eventsource_shape::{self as shape, Untraceable};
use serde::{Serialize, de::DeserializeOwned};

/// The error of a state whose shape cannot be determined, so that no snapshot can be matched with the
/// program.
///
/// [Example](crate::aggregate#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the shape of `{state}` cannot be determined: at `{at}`, {reason}; write `snapshot(.., sample = Self::sample)` to give sample values, or use another type there"
)]
pub struct ShapeError {
    state: &'static str,
    at: String,
    reason: String,
}

impl ShapeError {
    /// The error about a state of type `T`.
    pub(super) fn of<T>(at: impl Into<String>, reason: String) -> Self {
        Self {
            state: std::any::type_name::<T>(),
            at: at.into(),
            reason,
        }
    }
}

/// The shape of `T`, as a text.
pub(crate) fn of<T: Serialize + DeserializeOwned>() -> Result<String, ShapeError> {
    let words = shape::outline::<T>().and_then(|shape| words::of(&shape));
    words.map_err(|Untraceable { at, reason }| ShapeError::of::<T>(at, reason))
}

/// The shape of samples of `T`, as a text. A part that no sample shows, such as a variant or an item of an
/// empty list, can change without a change of the shape.
pub(super) fn of_samples<T: Serialize>(samples: &[T]) -> Result<String, ShapeError> {
    let failed = |reason: String| ShapeError::of::<T>("its sample", reason);
    if samples.is_empty() {
        return Err(failed("there is no sample value".to_owned()));
    }
    let shapes = samples
        .iter()
        .map(writer::of)
        .collect::<Result<Vec<_>, _>>();
    let shapes = shapes.map_err(|refused| failed(refused.to_string()))?;
    Ok(format!("samples\n{}", shapes.join("\n")))
}

#[cfg(test)]
mod tests;
