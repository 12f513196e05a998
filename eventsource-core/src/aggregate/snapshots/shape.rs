//! What a snapshot's fingerprint tells of the shape of a state.

mod words;
mod writer;

use eventsource_shape::{self as shape, Untraceable};
use serde::{Serialize, de::DeserializeOwned};

/// The shape of a state cannot be found out, so that nobody could tell whether a snapshot of it
/// fits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the shape of `{state}` cannot be found out: at `{at}`, {reason}; write `snapshot(.., sample = Self::sample)` and show values of it, or keep something else there"
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

/// The shape of `T`, in words.
pub(crate) fn of<T: Serialize + DeserializeOwned>() -> Result<String, ShapeError> {
    let words = shape::outline::<T>().and_then(|shape| words::of(&shape));
    words.map_err(|Untraceable { at, reason }| ShapeError::of::<T>(at, reason))
}

/// The shape of samples of `T`, in words. What they do not show, a variant or an item of a list
/// that is empty, can change without a change of the shape.
pub(super) fn of_samples<T: Serialize>(samples: &[T]) -> Result<String, ShapeError> {
    let failed = |reason: String| ShapeError::of::<T>("its sample", reason);
    if samples.is_empty() {
        return Err(failed("it gives no value".to_owned()));
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
