//! Made-up values in made-up values.

use std::any::type_name;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor, value::StrDeserializer,
};

use super::Reader;
use crate::shape::trace::places::Is;
use crate::shape::trace::reading::{Chosen, Key, KeyValue, Names};
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

fn part<'de, T: DeserializeSeed<'de>>(
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
            (KeyValue::Tag, Some(chosen)) => seed.deserialize(Tag {
                reader: Reader::new(self.reader.reading, self.reader.at),
                chosen,
            }),
            _ => seed.deserialize(().into_deserializer()),
        }
    }
}

/// The name of a variant beside its content, or among it.
struct Tag<'r, 'c> {
    /// Where the enum stands.
    reader: Reader<'r>,
    chosen: &'c Chosen,
}

impl<'de> Deserializer<'de> for Tag<'_, '_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let variant = visitor.visit_str(&self.chosen.name)?;
        identify(&mut self.reader, self.chosen, &variant)?;
        Ok(variant)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'c> EnumAccess<'de> for Tag<'_, 'c> {
    type Error = Refused;
    type Variant = <StrDeserializer<'c, Refused> as EnumAccess<'de>>::Variant;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Refused> {
        let name: StrDeserializer<'c, Refused> = (*self.chosen.name).into_deserializer();
        let (variant, content) = name.variant_seed(seed)?;
        identify(&mut self.reader, self.chosen, &variant)?;
        Ok((variant, content))
    }
}

/// One variant of an enum.
pub(super) struct Variant<'r, 'c> {
    /// Where the enum stands.
    reader: Reader<'r>,
    chosen: &'c Chosen,
}

impl<'r, 'c> Variant<'r, 'c> {
    pub(super) fn new(reader: Reader<'r>, chosen: &'c Chosen) -> Self {
        Self { reader, chosen }
    }
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r, '_> {
    type Error = Refused;
    type Variant = Reader<'r>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Reader<'r>), Refused> {
        let name: StrDeserializer<'_, Refused> = (*self.chosen.name).into_deserializer();
        let variant = seed.deserialize(name)?;
        identify(&mut self.reader, self.chosen, &variant)?;
        self.reader.at = self.chosen.at;
        Ok((variant, self.reader))
    }
}

fn identify<T>(reader: &mut Reader<'_>, chosen: &Chosen, variant: &T) -> Result<(), Refused> {
    match identity(variant) {
        Some(identity) => reader.reading.identify(reader.at, chosen, identity),
        None => Ok(()),
    }
}

/// What a type makes of the name of a variant, to see which names are those of one variant. Serde's
/// derive makes an enum of it, which it calls so.
fn identity<T>(variant: &T) -> Option<u64> {
    type_name::<T>().contains("::__Field").then(|| {
        let mut hasher = DefaultHasher::new();
        discriminant(variant).hash(&mut hasher);
        hasher.finish()
    })
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        self.is(Is::Unit);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, Refused> {
        let at = self.at;
        part(&mut self, at, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let at = self.at;
        let value = visitor.visit_seq(Items::tuple(&mut self, length));
        value.map_err(|refused| refused.blame(at))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let at = self.at;
        self.reading.fields(at, type_name::<V>(), fields);
        let names = self.reading.names(at);
        let value = visitor.visit_map(Fields::new(self, names));
        value.map_err(|refused| refused.blame(at))
    }
}
