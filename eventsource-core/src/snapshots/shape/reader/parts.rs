//! Made-up values in made-up values.

use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::{Reader, Refused};

/// The items of a sequence or a tuple.
pub(super) struct Items<'r> {
    pub(super) reader: Reader<'r>,
    pub(super) left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        self.reader.seen.enter("[]");
        let item = seed.deserialize(self.reader.part())?;
        self.reader.seen.leave();
        self.reader.note(",");
        Ok(Some(item))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The pairs of a map.
pub(super) struct Pairs<'r> {
    pub(super) reader: Reader<'r>,
    pub(super) left: usize,
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
        self.reader.seen.enter("key");
        let key = seed.deserialize(self.reader.part())?;
        self.reader.seen.leave();
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        self.reader.note(": ");
        self.reader.seen.enter("value");
        let value = seed.deserialize(self.reader.part())?;
        self.reader.seen.leave();
        Ok(value)
    }
}

/// The fields of a struct, by their names.
pub(super) struct Fields<'r> {
    reader: Reader<'r>,
    left: std::slice::Iter<'static, &'static str>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(mut reader: Reader<'r>, fields: &'static [&'static str]) -> Self {
        reader.note("{");
        Self {
            reader,
            left: fields.iter(),
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some(field) = self.left.next() else {
            self.reader.note("}");
            return Ok(None);
        };
        self.reader.note(field);
        self.reader.seen.enter(field);
        seed.deserialize(IntoDeserializer::<Refused>::into_deserializer(*field))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        self.reader.note(": ");
        let value = seed.deserialize(self.reader.part())?;
        self.reader.seen.leave();
        self.reader.note(", ");
        Ok(value)
    }
}

/// One variant of an enum.
pub(super) struct Variant<'r> {
    pub(super) reader: Reader<'r>,
    pub(super) name: &'static str,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refused> {
        let name: StrDeserializer<'_, Refused> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, Refused> {
        self.reader.note(" ");
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.reader.note("(");
        visitor.visit_seq(Items {
            reader: self.reader,
            left: length,
        })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_map(Fields::new(self.reader, fields))
    }
}
