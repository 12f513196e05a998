//! The names of serde's private types by which the tracer recognizes what serde is reading.
//!
//! Serde does not promise them. Tests pin them against the version of serde that is used.

/// Whether a visitor reads the tag of an enum whose tag stands beside its content.
pub(crate) fn is_adjacent_tag(visitor: &str) -> bool {
    visitor.contains("::AdjacentlyTaggedEnumVariantVisitor")
}

/// Whether a visitor reads a unit variant of an untagged enum.
pub(crate) fn is_untagged_unit(visitor: &str) -> bool {
    visitor.contains("::UntaggedUnitVisitor")
}

/// Whether a value is the enum that serde's derive makes of the names of variants. Two names of one
/// variant are one value of it.
pub(crate) fn is_derived_identifier(value: &str) -> bool {
    value.contains("::__Field")
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::cell::RefCell;

    use serde::de::value::{Error, StrDeserializer};
    use serde::de::{
        DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, Visitor,
    };
    use serde::{Deserialize, forward_to_deserialize_any};

    use super::*;

    /// A deserializer that notes the names of the visitors and of the identifiers that it meets.
    struct Names<'n> {
        visitors: &'n RefCell<Vec<&'static str>>,
        identifiers: &'n RefCell<Vec<&'static str>>,
    }

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.visitors.borrow_mut().push(type_name::<V>());
            visitor.visit_unit()
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            _: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Error> {
            visitor.visit_map(self)
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            _: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Error> {
            self.visitors.borrow_mut().push(type_name::<V>());
            visitor.visit_enum(self)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
        }
    }

    impl<'de> EnumAccess<'de> for Names<'_> {
        type Error = Error;
        type Variant = <StrDeserializer<'de, Error> as EnumAccess<'de>>::Variant;

        fn variant_seed<V: DeserializeSeed<'de>>(
            self,
            _: V,
        ) -> Result<(V::Value, Self::Variant), Error> {
            self.identifiers.borrow_mut().push(type_name::<V::Value>());
            Err(Error::custom("no more is needed"))
        }
    }

    impl<'de> MapAccess<'de> for Names<'_> {
        type Error = Error;

        fn next_key_seed<K: DeserializeSeed<'de>>(
            &mut self,
            seed: K,
        ) -> Result<Option<K::Value>, Error> {
            let name: StrDeserializer<'_, Error> = "tag".into_deserializer();
            seed.deserialize(name).map(Some)
        }

        fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
            seed.deserialize(Names { ..*self })
        }
    }

    fn names<'de, T: Deserialize<'de>>() -> (Vec<&'static str>, Vec<&'static str>) {
        let (visitors, identifiers) = (RefCell::default(), RefCell::default());
        let names = Names {
            visitors: &visitors,
            identifiers: &identifiers,
        };
        drop(T::deserialize(names));
        (visitors.into_inner(), identifiers.into_inner())
    }

    #[derive(Deserialize)]
    enum Outside {
        A,
    }

    #[derive(Deserialize)]
    #[serde(tag = "tag", content = "content")]
    enum Beside {
        A,
    }

    #[test]
    fn serde_has_the_names_that_the_tracer_knows() {
        let (visitors, identifiers) = names::<Outside>();
        assert!(!visitors.iter().any(|name| is_adjacent_tag(name)));
        assert!(identifiers.iter().all(|name| is_derived_identifier(name)));
        assert_eq!(identifiers.len(), 1);

        let (visitors, _) = names::<Beside>();
        assert!(visitors.iter().any(|name| is_adjacent_tag(name)));
    }
}
