//! Made-up values in made-up values.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::Reader;
use super::name::{Name, name};
use super::variant::Tag;
use crate::rejection::Refused;
use crate::run::{Key, KeyValue, Names};

/// The items of a list, or the values of a tuple.
pub(super) struct Items<'r> {
    reader: Reader<'r>,
    /// Where they stand, the last one first.
    places: Vec<usize>,
}

impl<'r> Items<'r> {
    pub(super) fn alike(reader: Reader<'r>, count: usize) -> Self {
        let places = vec![reader.at; count];
        Self { reader, places }
    }

    pub(super) fn new(reader: Reader<'r>, mut places: Vec<usize>) -> Self {
        places.reverse();
        Self { reader, places }
    }

    pub(super) fn tuple(reader: &'r mut Reader<'_>, length: usize) -> Self {
        let places = reader.reading.places.tuple(reader.at, length);
        let places = places.iter().rev().copied().collect();
        let at = reader.at;
        Self {
            reader: reader.at(at),
            places,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        match self.places.pop() {
            Some(at) => Ok(Some(part(&mut self.reader, at, seed)?)),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.places.len())
    }
}

/// What stands at another place of the same reading; who refuses it is to blame.
pub(super) fn part<'de, T: DeserializeSeed<'de>>(
    reader: &mut Reader<'_>,
    at: usize,
    seed: T,
) -> Result<T::Value, Refused> {
    let mut value = seed.deserialize(reader.at(at));
    if let Err(refused) = &mut value {
        refused.blame(at);
    }
    value
}

/// The pairs of a map.
pub(super) struct Pairs<'r> {
    reader: Reader<'r>,
    left: usize,
    key: usize,
    value: usize,
}

impl<'r> Pairs<'r> {
    pub(super) fn new(reader: &'r mut Reader<'_>, left: usize, key: usize, value: usize) -> Self {
        let reader = reader.at(key);
        Self {
            reader,
            left,
            key,
            value,
        }
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        Ok(Some(part(&mut self.reader, self.key, seed)?))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        part(&mut self.reader, self.value, seed)
    }
}

/// The fields of a struct, by their names.
pub(super) struct Fields<'r> {
    reader: Reader<'r>,
    names: Names,
    /// The name that was told last, and what stands under it.
    told: Option<Key>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(reader: Reader<'r>, names: Names) -> Self {
        let told = None;
        Self {
            reader,
            names,
            told,
        }
    }

    /// Of a type that says which ones it knows.
    pub(super) fn known(
        reader: Reader<'r>,
        visitor: &'static str,
        fields: &'static [&'static str],
    ) -> Self {
        reader.reading.fields(reader.at, visitor, fields);
        let names = reader.reading.names(reader.at);
        Self::new(reader, names)
    }

    /// A variant by its name.
    pub(super) fn named(reader: Reader<'r>, name: Cow<'static, str>, at: usize) -> Self {
        Self::new(reader, Names::of_one(name, at))
    }

    fn next_name(&mut self) -> Option<Name<'_>> {
        self.told = self.reader.reading.next_name(&mut self.names);
        self.told.as_ref().map(|key| name(&key.name))
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        match self.next_name() {
            Some(name) => match seed.deserialize(name) {
                Ok(key) => Ok(Some(key)),
                Err(error) => Err(Refused::of_name(error)),
            },
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let value = self.told.as_ref().map(|key| key.value);
        match (value, &self.names.chosen) {
            (Some(KeyValue::At(at)), _) => part(&mut self.reader, at, seed),
            (Some(KeyValue::Tag), Some(chosen)) => {
                let at = self.reader.at;
                seed.deserialize(Tag::new(self.reader.at(at), chosen))
            }
            _ => seed.deserialize(().into_deserializer()),
        }
    }
}
