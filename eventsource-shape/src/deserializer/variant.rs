//! The variant of an enum, and its name.

use std::any::type_name;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::Reader;
use super::compound::{Fields, Items, part};
use super::name::name;
use crate::nodes::Is;
use crate::rejection::Refused;
use crate::run::Chosen;

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
        let variant = match seed.deserialize(name(&self.chosen.name)) {
            Ok(variant) => variant,
            Err(error) => return Err(Refused::of_name(error)),
        };
        identify(&mut self.reader, self.chosen, &variant)?;
        self.reader.at = self.chosen.at;
        Ok((variant, self.reader))
    }
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
        let mut value = visitor.visit_seq(Items::tuple(&mut self, length));
        if let Err(refused) = &mut value {
            refused.blame(at);
        }
        value
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let at = self.at;
        let mut value = visitor.visit_map(Fields::known(self, type_name::<V>(), fields));
        if let Err(refused) = &mut value {
            refused.blame(at);
        }
        value
    }
}

/// The name of a variant beside its content, or among it.
pub(super) struct Tag<'r, 'c> {
    /// Where the enum stands.
    reader: Reader<'r>,
    chosen: &'c Chosen,
}

impl<'r, 'c> Tag<'r, 'c> {
    pub(super) fn new(reader: Reader<'r>, chosen: &'c Chosen) -> Self {
        Self { reader, chosen }
    }
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

fn identify<T>(reader: &mut Reader<'_>, chosen: &Chosen, variant: &T) -> Result<(), Refused> {
    let mut hasher = DefaultHasher::new();
    discriminant(variant).hash(&mut hasher);
    let identity = hasher.finish();
    reader.reading.identify(chosen, type_name::<T>(), identity)
}
