//! Made-up values in made-up values.

use std::any::type_name;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::Reader;
use crate::shape::trace::places::Is;
use crate::shape::trace::reading::{Chosen, Key};
use crate::shape::trace::refused::{Refused, Why};

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
    next: usize,
    /// Where the field stands whose name was told last.
    value: Option<usize>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(reader: Reader<'r>) -> Self {
        let (next, value) = (0, None);
        Self {
            reader,
            next,
            value,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Reader { reading, at } = &mut self.reader;
        let Some(Key { name, at }) = reading.next_field(*at, &mut self.next) else {
            return Ok(None);
        };
        self.value = at;
        let name: StrDeserializer<'_, Refused> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        match self.value {
            Some(at) => part(&mut self.reader, at, seed),
            None => seed.deserialize(().into_deserializer()),
        }
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
        self.identify(identity(&variant))?;
        self.reader.at = self.chosen.at;
        Ok((variant, self.reader))
    }
}

impl Variant<'_, '_> {
    fn identify(&mut self, identity: Option<u64>) -> Result<(), Refused> {
        let Reader { reading, at } = &mut self.reader;
        let one_of = reading.places.variants_of(*at);
        match identity {
            Some(identity) if !one_of.identify(self.chosen.index, identity) => {
                Err(Refused::new(Why::Again))
            }
            _ => Ok(()),
        }
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
        // The visitors of all variants of an enum have one name.
        self.reading.fields(at, "", fields);
        let value = visitor.visit_map(Fields::new(self));
        value.map_err(|refused| refused.blame(at))
    }
}
