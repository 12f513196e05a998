//! The shape of a type, found out by letting the type read itself from a deserializer that hands out
//! made-up values and notes what it is asked for.
//!
//! One reading shows one variant of each enum, so the type is read again until every variant was
//! seen, and each optional value there and not there. A type may refuse a made-up value (a UUID is
//! not any text), so then the next one is tried in its place. Once it is known what a type takes,
//! experiments show what it can do without.
//!
//! Behind `flatten` and in an enum whose tag stands inside, serde does not say which fields there
//! are. They are found where they are needed, or where a value writes them: a field that is neither
//! (`default` with `skip_serializing_if`) is only seen if a sample shows it. What cannot be found
//! out is an error: an enum that is flattened, or one with its tag inside that holds itself.

#[cfg(feature = "schema")]
mod events;
mod experiments;
mod explore;
mod guesses;
mod loose;
mod made_up;
mod places;
mod reader;
mod reading;
mod refused;
mod samples;
mod subject;
mod tracer;

use serde::{Serialize, de::DeserializeOwned};

use super::{Shape, Traced, Untraceable};
#[cfg(feature = "schema")]
use crate::AnyEvent;
#[cfg(feature = "schema")]
use events::Events;
#[cfg(feature = "schema")]
pub use events::SetOf;
#[cfg(feature = "schema")]
pub(crate) use events::{Parts, payload};
use subject::Values;
use tracer::Tracer;

/// The shape of the events of a set, and events that show it. Where a value that one of them takes
/// cannot be made up, it is taken from `samples`.
#[cfg(feature = "schema")]
pub(crate) fn trace_events(
    set: SetOf,
    samples: &[Box<dyn AnyEvent>],
) -> Result<Traced<Box<dyn AnyEvent>>, Untraceable> {
    let mut events = Events::new(set);
    let samples = samples.iter().map(|event| set.json(&**event)).collect();
    let shape = Tracer::new(&mut events, samples).trace()?;
    let values = events.into_kept();
    Ok(Traced { shape, values })
}

/// The same of any type.
#[cfg(test)]
fn trace<T>(samples: &[T]) -> Result<Traced<T>, Untraceable>
where
    T: Serialize + DeserializeOwned,
{
    let mut values = Values::new();
    let samples = samples.iter().map(subject::json).collect();
    let shape = Tracer::new(&mut values, samples).trace()?;
    let values = values.kept;
    Ok(Traced { shape, values })
}

/// The shape of `T`, as far as it can be told without experiments: everything but what is required,
/// and what becomes of other fields. A type that does not tell all its fields is an error.
pub(crate) fn outline<T>() -> Result<Shape, Untraceable>
where
    T: Serialize + DeserializeOwned,
{
    Tracer::new(&mut Values::<T>::new(), Vec::new()).outline()
}

#[cfg(test)]
mod tests;
