//! Tracing: a type is deserialized from synthetic values, by a deserializer that notes what the type
//! asks for.
//!
//! One run shows one variant of each enum, so the type is read until every variant is covered, and
//! each optional value both present and absent. A type may reject a synthetic value (a UUID is not
//! any text); then the next one is tried. When the accepted values are known, experiments find out
//! which fields are required.
//!
//! Behind `flatten` and in an internally tagged enum, serde does not list the fields. A field is found
//! there if it is required, or if a value writes it. One that is neither (`default` with
//! `skip_serializing_if`) is found only if a sample has it. A flattened enum and a recursive,
//! internally tagged enum cannot be traced, and are an error.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::shape::{Shape, Traced, Untraceable};
use crate::subject::{self, Subject, Values};
use crate::tracer::Tracer;

/// Traces the shape of a subject, which keeps values that cover it. Values that cannot be synthesized
/// are taken from `samples`.
///
/// [Example](crate#example).
///
/// # Errors
///
/// [`Untraceable`], if the shape cannot be found out.
pub fn trace_subject(subject: &mut dyn Subject, samples: Vec<Json>) -> Result<Shape, Untraceable> {
    Tracer::new(subject, samples).trace()
}

/// Traces the shape of `T`, and values that cover it. Values that cannot be synthesized are taken from
/// `samples`.
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
/// [`Untraceable`], if the shape cannot be found out.
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

/// Traces the shape of `T` without experiments: it does not say which fields are required, nor how
/// unknown fields are treated. A type that does not list all its fields is an error.
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
/// [`Untraceable`], if the shape cannot be found out.
pub fn outline<T>() -> Result<Shape, Untraceable>
where
    T: Serialize + DeserializeOwned,
{
    Tracer::new(&mut Values::<T>::new(), Vec::new()).outline()
}
