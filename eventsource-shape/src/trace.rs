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

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::shape::{Shape, Traced, Untraceable};
use crate::subject::{self, Subject, Values};
use crate::tracer::Tracer;

/// The shape of the values of a subject, which then keeps values that show it. Where a value that the
/// type takes cannot be made up, it is taken from `samples`.
///
/// # Errors
///
/// [`Untraceable`], where it cannot be found out.
pub fn trace_subject(subject: &mut dyn Subject, samples: Vec<Json>) -> Result<Shape, Untraceable> {
    Tracer::new(subject, samples).trace()
}

/// The shape of `T`, and values that show it. Where a value that it takes cannot be made up, it is
/// taken from `samples`.
///
/// ```
/// use eventsource_shape::{Shape, trace};
///
/// let traced = trace::<Option<bool>>(&[]).unwrap();
/// assert!(matches!(traced.shape, Shape::Optional(_)));
/// assert!(traced.values.contains(&None) && traced.values.contains(&Some(true)));
/// ```
///
/// # Errors
///
/// [`Untraceable`], where it cannot be found out.
pub fn trace<T>(samples: &[T]) -> Result<Traced<T>, Untraceable>
where
    T: Serialize + DeserializeOwned,
{
    let mut values = Values::new();
    let samples = samples.iter().map(subject::json).collect();
    let shape = trace_subject(&mut values, samples)?;
    let values = values.kept;
    Ok(Traced { shape, values })
}

/// The shape of `T`, as far as it can be told without experiments: everything but what is required,
/// and what becomes of other fields. A type that does not tell all its fields is an error.
///
/// ```
/// use eventsource_shape::{Shape, outline};
///
/// assert!(matches!(outline::<Vec<String>>().unwrap(), Shape::List(_)));
/// assert!(outline::<serde_json::Value>().is_err());
/// ```
///
/// # Errors
///
/// [`Untraceable`], where it cannot be found out.
pub fn outline<T>() -> Result<Shape, Untraceable>
where
    T: Serialize + DeserializeOwned,
{
    Tracer::new(&mut Values::<T>::new(), Vec::new()).outline()
}
