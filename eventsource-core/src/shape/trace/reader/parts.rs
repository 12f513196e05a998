//! Made-up values in made-up values.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, value::StrDeserializer};

use super::Reader;
use super::variant::Tag;
use crate::shape::trace::reading::{Key, KeyValue, Names};
use crate::shape::trace::refused::Refused;

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
            Some(at) => part(&mut self.reader, at, seed).map(Some),
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
    let value = seed.deserialize(reader.at(at));
    value.map_err(|refused| refused.blame(at))
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
        part(&mut self.reader, self.key, seed).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        part(&mut self.reader, self.value, seed)
    }
}

/// The fields of a struct, by their names.
pub(super) struct Fields<'r> {
    reader: Reader<'r>,
    names: Names,
    /// What stands under the name that was told last.
    value: KeyValue,
}

impl<'r> Fields<'r> {
    pub(super) fn new(reader: Reader<'r>, names: Names) -> Self {
        let value = KeyValue::Unknown;
        Self {
            reader,
            names,
            value,
        }
    }

    /// A variant by its name.
    pub(super) fn named(reader: Reader<'r>, name: Cow<'static, str>, at: usize) -> Self {
        Self::new(reader, Names::of_one(name, at))
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some(Key { name, value }) = self.reader.reading.next_name(&mut self.names) else {
            return Ok(None);
        };
        self.value = value;
        let name: StrDeserializer<'_, Refused> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        match (self.value, &self.names.chosen) {
            (KeyValue::At(at), _) => part(&mut self.reader, at, seed),
            (KeyValue::Tag, Some(chosen)) => {
                let at = self.reader.at;
                seed.deserialize(Tag::new(self.reader.at(at), chosen))
            }
            _ => seed.deserialize(().into_deserializer()),
        }
    }
}
