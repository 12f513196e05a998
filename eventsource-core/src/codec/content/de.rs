//! Decoding the content of an event.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Reads an event that is a type of its own.
pub(crate) struct Event<E>(pub(crate) PhantomData<E>);

impl<'de, E: Deserialize<'de>> DeserializeSeed<'de> for Event<E> {
    type Value = E;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<E, D::Error> {
        E::deserialize(ContentOf(inner))
    }
}

/// Reads the variant of `S` with this index, which is not in the payload.
pub(crate) struct VariantAt<S>(pub(crate) u32, pub(crate) PhantomData<S>);

impl<'de, S: Deserialize<'de>> DeserializeSeed<'de> for VariantAt<S> {
    type Value = S;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S, D::Error> {
        let index = self.0;
        S::deserialize(VariantOf { index, inner })
    }
}

/// Reads the content of an event from the inner deserializer.
struct ContentOf<D>(D);

macro_rules! forward {
    ($($method:ident($($arg:ident: $type:ty),*))*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, $($arg: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($arg,)* visitor)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ContentOf<D> {
    type Error = D::Error;

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(NoFields)?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    forward! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_str()
        deserialize_string()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_option()
        deserialize_unit()
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

/// A variant whose index is known, and whose fields are the whole payload.
///
/// The index is passed by value beside one pointer, in registers. So a constant index stays a constant,
/// and the compiler removes serde's `match` over all variants.
struct VariantOf<D> {
    index: u32,
    inner: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for VariantOf<D> {
    type Error = D::Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_enum(self)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, D: Deserializer<'de>> EnumAccess<'de> for VariantOf<D> {
    type Error = D::Error;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), D::Error> {
        let variant = seed.deserialize(self.index.into_deserializer())?;
        Ok((variant, self))
    }
}

impl<'de, D: Deserializer<'de>> VariantAccess<'de> for VariantOf<D> {
    type Error = D::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), D::Error> {
        self.inner.deserialize_any(NoFields)
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, D::Error> {
        seed.deserialize(ContentOf(self.inner))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let mut slot = None;
        let visitor = IntoSlot {
            visitor,
            slot: &mut slot,
        };
        self.inner.deserialize_struct("", fields, visitor)?;
        slot.ok_or_else(|| D::Error::custom("a variant without its fields"))
    }
}

/// Stores the result of the visitor in a slot, and returns `()`. A deserializer that inspects the returned
/// value, as that of JSON does to add the place of an error, would move the variant several times.
struct IntoSlot<'p, V, T> {
    visitor: V,
    slot: &'p mut Option<T>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for IntoSlot<'_, V, V::Value> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        *self.slot = Some(self.visitor.visit_map(fields)?);
        Ok(())
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        *self.slot = Some(self.visitor.visit_seq(fields)?);
        Ok(())
    }
}

/// The visitor of an event without fields. It ignores fields of later versions.
struct NoFields;

impl<'de> Visitor<'de> for NoFields {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event without fields")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
