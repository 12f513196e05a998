//! Synthetic lists, tuples, maps and structs.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::TraceDeserializer;
use super::name::{Name, name};
use super::variant::Tag;
use crate::rejection::Rejection;
use crate::run::{FieldNames, Key, KeyValue};

/// The items of a list, or the values of a tuple.
pub(super) struct Items<'r> {
    deserializer: TraceDeserializer<'r>,
    /// Their nodes, the last one first.
    nodes: Vec<usize>,
}

impl<'r> Items<'r> {
    pub(super) fn repeated(deserializer: TraceDeserializer<'r>, count: usize) -> Self {
        let nodes = vec![deserializer.at; count];
        Self {
            deserializer,
            nodes,
        }
    }

    pub(super) fn new(deserializer: TraceDeserializer<'r>, mut nodes: Vec<usize>) -> Self {
        nodes.reverse();
        Self {
            deserializer,
            nodes,
        }
    }

    pub(super) fn tuple(deserializer: &'r mut TraceDeserializer<'_>, length: usize) -> Self {
        let nodes = deserializer.run.nodes.make_tuple(deserializer.at, length);
        let nodes = nodes.iter().rev().copied().collect();
        let at = deserializer.at;
        Self {
            deserializer: deserializer.child(at),
            nodes,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Rejection;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Rejection> {
        match self.nodes.pop() {
            Some(at) => Ok(Some(part(&mut self.deserializer, at, seed)?)),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// Reads the value of another node of the same run, and names that node if the value is rejected.
pub(super) fn part<'de, T: DeserializeSeed<'de>>(
    deserializer: &mut TraceDeserializer<'_>,
    at: usize,
    seed: T,
) -> Result<T::Value, Rejection> {
    let mut value = seed.deserialize(deserializer.child(at));
    if let Err(rejection) = &mut value {
        rejection.set_node(at);
    }
    value
}

/// The pairs of a map.
pub(super) struct Pairs<'r> {
    deserializer: TraceDeserializer<'r>,
    left: usize,
    key: usize,
    value: usize,
}

impl<'r> Pairs<'r> {
    pub(super) fn new(
        deserializer: &'r mut TraceDeserializer<'_>,
        left: usize,
        key: usize,
        value: usize,
    ) -> Self {
        let deserializer = deserializer.child(key);
        Self {
            deserializer,
            left,
            key,
            value,
        }
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Rejection;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Rejection> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        Ok(Some(part(&mut self.deserializer, self.key, seed)?))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Rejection> {
        part(&mut self.deserializer, self.value, seed)
    }
}

/// The fields of a struct, by their names.
pub(super) struct Fields<'r> {
    deserializer: TraceDeserializer<'r>,
    field_names: FieldNames,
    /// The name that was handed out last, with its value.
    last_key: Option<Key>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(deserializer: TraceDeserializer<'r>, field_names: FieldNames) -> Self {
        let last_key = None;
        Self {
            deserializer,
            field_names,
            last_key,
        }
    }

    /// The fields of a type that lists them.
    pub(super) fn known(
        deserializer: TraceDeserializer<'r>,
        visitor: &'static str,
        fields: &'static [&'static str],
    ) -> Self {
        deserializer.run.fields(deserializer.at, visitor, fields);
        let field_names = deserializer.run.field_names(deserializer.at);
        Self::new(deserializer, field_names)
    }

    /// One variant, as a field with its name.
    pub(super) fn named(
        deserializer: TraceDeserializer<'r>,
        name: Cow<'static, str>,
        at: usize,
    ) -> Self {
        Self::new(deserializer, FieldNames::of_one(name, at))
    }

    fn next_name(&mut self) -> Option<Name<'_>> {
        self.last_key = self.deserializer.run.next_name(&mut self.field_names);
        self.last_key.as_ref().map(|key| name(&key.name))
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Rejection;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Rejection> {
        match self.next_name() {
            Some(name) => match seed.deserialize(name) {
                Ok(key) => Ok(Some(key)),
                Err(error) => Err(Rejection::from_name_error(error)),
            },
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Rejection> {
        let value = self.last_key.as_ref().map(|key| key.value);
        match (value, &self.field_names.choice) {
            (Some(KeyValue::At(at)), _) => part(&mut self.deserializer, at, seed),
            (Some(KeyValue::Tag), Some(choice)) => {
                let at = self.deserializer.at;
                seed.deserialize(Tag::new(self.deserializer.child(at), choice))
            }
            _ => seed.deserialize(().into_deserializer()),
        }
    }
}
