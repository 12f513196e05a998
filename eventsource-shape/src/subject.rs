//! The type that is traced, behind a trait, so that the tracer is compiled once.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::deserializer::Reader;
use super::rejection::Refused;

/// A type that is traced.
pub trait Subject {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// When the type refuses what the reader hands out.
    fn read(&mut self, reader: Reader<'_>) -> Result<(), Refused>;

    /// Keeps the value that was read last.
    fn keep(&mut self);

    /// Forgets the values that were kept.
    fn forget(&mut self);

    /// The values that were kept, as JSON.
    fn json(&self) -> Vec<Json>;
}

/// Values of the type.
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
    fn read(&mut self, reader: Reader<'_>) -> Result<(), Refused> {
        self.last = Some(T::deserialize(reader)?);
        Ok(())
    }

    fn keep(&mut self) {
        self.kept.extend(self.last.take());
    }

    fn forget(&mut self) {
        self.kept.clear();
    }

    fn json(&self) -> Vec<Json> {
        self.kept.iter().map(json).collect()
    }
}

/// A value as JSON; nothing where it cannot be written. By the way of a text, because events are
/// written as texts, too, so that less is to be compiled.
pub(crate) fn json<T: Serialize>(value: &T) -> Json {
    let text = serde_json::to_vec(value);
    let json = text.and_then(|text| serde_json::from_slice(&text));
    json.unwrap_or_default()
}
