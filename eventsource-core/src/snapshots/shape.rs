//! What serde makes of a type, found out by letting the type read itself from a deserializer that
//! hands out made-up values and notes what it is asked for.
//!
//! One reading shows one variant of each enum, so it is read again until every variant was seen.
//! A type may refuse a made-up value (a UUID is not any text), so then the next one is tried in
//! its place.

mod reader;
mod seen;
mod writer;

use serde::Serialize;
use serde::de::DeserializeOwned;

use reader::Reader;
use seen::Seen;

/// More readings than any state needs that can be read at all.
const READINGS: usize = 10_000;

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

/// The shape of `T`, in words.
pub(super) fn of<T: DeserializeOwned>() -> Result<String, ShapeError> {
    let mut seen = Seen::default();
    let failed = |at: String, reason: String| {
        let state = std::any::type_name::<T>();
        Err(ShapeError { state, at, reason })
    };
    for _ in 0..READINGS {
        let mut shape = String::new();
        match T::deserialize(Reader::new(&mut seen, &mut shape)) {
            Ok(_) if seen.is_complete() => return Ok(seen.finish(shape)),
            Ok(_) => {}
            Err(refused) if seen.try_another() => drop(refused),
            Err(refused) => return failed(seen.place(), refused.to_string()),
        }
        seen.begin_again();
    }
    failed("..".to_owned(), "it has too many variants".to_owned())
}

/// The shape of samples of `T`, in words. What they do not show, a variant or an item of a list
/// that is empty, can change without a change of the shape.
pub(super) fn of_samples<T: Serialize>(samples: &[T]) -> Result<String, ShapeError> {
    let failed = |reason: String| ShapeError {
        state: std::any::type_name::<T>(),
        at: "its sample".to_owned(),
        reason,
    };
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
