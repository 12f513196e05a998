//! What serde makes of a type, found out by letting the type read itself from a deserializer that
//! hands out made-up values and notes what it is asked for.
//!
//! One reading shows one variant of each enum, so it is read again until every variant was seen.
//! A type may refuse a made-up value (a UUID is not any text), so then the next one is tried in
//! its place.

mod reader;
mod seen;

use serde::de::DeserializeOwned;

use reader::Reader;
use seen::Seen;

/// More readings than any state needs that can be read at all.
const READINGS: usize = 10_000;

/// The shape of a state cannot be found out, so that nobody could tell whether a snapshot of it
/// fits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the shape of `{state}` cannot be found out: at `{at}`, {reason}; leave out `snapshot(..)`, or keep something else there"
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

#[cfg(test)]
mod tests;
