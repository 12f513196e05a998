//! The type that is traced, behind a trait, so that the tracer is compiled once.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::deserializer::TraceDeserializer;
use super::rejection::Rejection;

/// A type that is traced.
///
/// [Example](crate#example).
pub trait Subject {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// [`Rejection`], if the type does not accept the values that the deserializer hands out.
    fn read(&mut self, deserializer: TraceDeserializer<'_>) -> Result<(), Rejection>;

    /// Keeps the value that was read last.
    fn keep(&mut self);

    /// Drops the values that were kept.
    fn clear(&mut self);

    /// The values that were kept, as JSON.
    fn json(&self) -> Vec<Json>;
}

/// The values of a type that were read.
pub(crate) struct Values<T> {
    last: Option<T>,
    pub(crate) kept: Vec<T>,
}

impl<T> Values<T> {
    pub(crate) fn new() -> Self {
        let (last, kept) = (None, Vec::new());
        Self { last, kept }
    }
}

impl<T: Serialize + DeserializeOwned> Subject for Values<T> {
    fn read(&mut self, deserializer: TraceDeserializer<'_>) -> Result<(), Rejection> {
        self.last = Some(T::deserialize(deserializer)?);
        Ok(())
    }

    fn keep(&mut self) {
        self.kept.extend(self.last.take());
    }

    fn clear(&mut self) {
        self.kept.clear();
    }

    fn json(&self) -> Vec<Json> {
        self.kept.iter().map(json).collect()
    }
}

/// A value as JSON; `null` if it cannot be written. It is written as text first: serialization to text
/// is compiled for each event anyway, and that to `Value` is not.
pub(crate) fn json<T: Serialize>(value: &T) -> Json {
    let text = serde_json::to_vec(value);
    let json = text.and_then(|text| serde_json::from_slice(&text));
    json.unwrap_or_default()
}
