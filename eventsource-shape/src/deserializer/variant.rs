//! A variant of an enum, and its tag.

use std::any::type_name;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::TraceDeserializer;
use super::compound::{Fields, Items, part};
use super::name::name;
use crate::nodes::NodeKind;
use crate::rejection::Rejection;
use crate::run::ChosenVariant;

/// One variant of an enum.
pub(super) struct Variant<'r, 'c> {
    /// The deserializer of the enum.
    deserializer: TraceDeserializer<'r>,
    choice: &'c ChosenVariant,
}

impl<'r, 'c> Variant<'r, 'c> {
    pub(super) fn new(deserializer: TraceDeserializer<'r>, choice: &'c ChosenVariant) -> Self {
        Self {
            deserializer,
            choice,
        }
    }
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r, '_> {
    type Error = Rejection;
    type Variant = TraceDeserializer<'r>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, TraceDeserializer<'r>), Rejection> {
        let variant = match seed.deserialize(name(&self.choice.name)) {
            Ok(variant) => variant,
            Err(error) => return Err(Rejection::from_name_error(error)),
        };
        identify(&mut self.deserializer, self.choice, &variant)?;
        self.deserializer.at = self.choice.at;
        Ok((variant, self.deserializer))
    }
}

impl<'de> VariantAccess<'de> for TraceDeserializer<'_> {
    type Error = Rejection;

    fn unit_variant(self) -> Result<(), Rejection> {
        self.set_kind(NodeKind::Unit);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, Rejection> {
        let at = self.at;
        part(&mut self, at, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let at = self.at;
        let mut value = visitor.visit_seq(Items::tuple(&mut self, length));
        if let Err(rejection) = &mut value {
            rejection.set_node(at);
        }
        value
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let at = self.at;
        let mut value = visitor.visit_map(Fields::known(self, type_name::<V>(), fields));
        if let Err(rejection) = &mut value {
            rejection.set_node(at);
        }
        value
    }
}

/// The tag of an internally or adjacently tagged enum.
pub(super) struct Tag<'r, 'c> {
    /// The deserializer of the enum.
    deserializer: TraceDeserializer<'r>,
    choice: &'c ChosenVariant,
}

impl<'r, 'c> Tag<'r, 'c> {
    pub(super) fn new(deserializer: TraceDeserializer<'r>, choice: &'c ChosenVariant) -> Self {
        Self {
            deserializer,
            choice,
        }
    }
}

impl<'de> Deserializer<'de> for Tag<'_, '_> {
    type Error = Rejection;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        let variant = visitor.visit_str(&self.choice.name)?;
        identify(&mut self.deserializer, self.choice, &variant)?;
        Ok(variant)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'c> EnumAccess<'de> for Tag<'_, 'c> {
    type Error = Rejection;
    type Variant = <StrDeserializer<'c, Rejection> as EnumAccess<'de>>::Variant;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Rejection> {
        let name: StrDeserializer<'c, Rejection> = (*self.choice.name).into_deserializer();
        let (variant, content) = name.variant_seed(seed)?;
        identify(&mut self.deserializer, self.choice, &variant)?;
        Ok((variant, content))
    }
}

fn identify<T>(
    deserializer: &mut TraceDeserializer<'_>,
    choice: &ChosenVariant,
    variant: &T,
) -> Result<(), Rejection> {
    let mut hasher = DefaultHasher::new();
    discriminant(variant).hash(&mut hasher);
    let identity = hasher.finish();
    deserializer
        .run
        .identify_variant(choice, type_name::<T>(), identity)
}
