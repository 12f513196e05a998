//! The names of serde's private types by which the tracer recognizes what serde is reading.
//!
//! Serde does not promise them. Tests pin them against the version of serde that is used, and a name
//! that is not known here ends the trace: the tracer does not guess what an unknown type reads.

/// Reads the tag of an enum whose tag stands beside its content.
const ADJACENT_TAG: &str = "AdjacentlyTaggedEnumVariantVisitor";
/// Reads a unit variant of an untagged enum.
const UNTAGGED_UNIT: &str = "UntaggedUnitVisitor";
/// The enum that serde's derive makes of the names of variants.
const DERIVED_IDENTIFIER: &str = "__Field";
/// Types that keep what they read for later, whatever it is.
const BUFFERS: [&str; 3] = ["Content", "ContentVisitor", "TaggedContentVisitor"];

/// Whether a visitor reads the tag of an enum whose tag stands beside its content.
pub(crate) fn is_adjacent_tag(visitor: &str) -> bool {
    is_private(visitor) && is_named(visitor, ADJACENT_TAG)
}

/// Whether a visitor reads a unit variant of an untagged enum.
pub(crate) fn is_untagged_unit(visitor: &str) -> bool {
    is_private(visitor) && is_named(visitor, UNTAGGED_UNIT)
}

/// Whether a value is the enum that serde's derive makes of the names of variants. Two names of one
/// variant are one value of it.
pub(crate) fn is_derived_identifier(value: &str) -> bool {
    is_derived(value) && is_named(value, DERIVED_IDENTIFIER)
}

/// Whether a visitor is a private type of serde of which the tracer does not know what it reads.
pub(crate) fn is_unknown_visitor(visitor: &str) -> bool {
    let known = [ADJACENT_TAG, UNTAGGED_UNIT].into_iter().chain(BUFFERS);
    is_private(visitor) && !is_any_of(visitor, known)
}

/// Whether the name of a variant became a type that serde or its derive made, and that the tracer does
/// not know.
pub(crate) fn is_unknown_identifier(value: &str) -> bool {
    let is_unknown_buffer = is_private(value) && !is_any_of(value, BUFFERS.into_iter());
    is_unknown_buffer || (is_derived(value) && !is_derived_identifier(value))
}

/// Whether a type stands in a private module of serde.
fn is_private(type_name: &str) -> bool {
    let mut segments = without_arguments(type_name).split("::");
    let is_of_serde = matches!(segments.next(), Some("serde" | "serde_core"));
    is_of_serde && segments.any(|segment| segment.trim_start_matches('_').starts_with("private"))
}

/// Whether a type was made by serde's derive, which writes into a constant without a name.
fn is_derived(type_name: &str) -> bool {
    type_name.contains("::_::<impl serde") && type_name.contains(">::deserialize::")
}

fn is_any_of(type_name: &str, mut names: impl Iterator<Item = &'static str>) -> bool {
    names.any(|name| is_named(type_name, name))
}

/// Whether this is the last segment of a path.
fn is_named(type_name: &str, name: &str) -> bool {
    #[cfg(test)]
    if tests::is_forgotten(name) {
        return false;
    }
    let path = without_arguments(type_name);
    path.rsplit("::").next() == Some(name)
}

/// A type's path, without the generic arguments at its end.
fn without_arguments(type_name: &str) -> &str {
    let Some(mut depth) = type_name.ends_with('>').then_some(0) else {
        return type_name;
    };
    for (at, c) in type_name.char_indices().rev() {
        match c {
            '>' => depth += 1,
            '<' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return &type_name[..at];
        }
    }
    type_name
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::cell::{Cell, RefCell};

    use serde::de::value::{Error, StrDeserializer};
    use serde::de::{
        DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
        MapAccess, Visitor,
    };
    use serde::{Deserialize, Serialize, forward_to_deserialize_any};

    use super::*;
    use crate::{Shape, Untraceable, trace};

    thread_local! {
        /// A name that the tracer does not know for the time being, as if serde had another one.
        static FORGOTTEN: Cell<&'static str> = const { Cell::new("") };
    }

    pub(super) fn is_forgotten(name: &str) -> bool {
        FORGOTTEN.get() == name
    }

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

    #[derive(Serialize, Deserialize)]
    enum Outside {
        A,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(tag = "tag", content = "content")]
    enum Beside {
        A,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        A,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(tag = "tag")]
    enum Inside {
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

        for (visitors, _) in [names::<Untagged>(), names::<Inside>()] {
            assert_eq!(visitors.len(), 1);
            assert!(is_any_of(visitors[0], BUFFERS.into_iter()), "{visitors:?}");
        }
    }

    /// As if serde had given one of its types another name.
    #[test]
    fn an_unknown_name_is_untraceable() {
        let is_traced = |name: &'static str, trace: fn() -> Result<Shape, Untraceable>| {
            FORGOTTEN.set("");
            let shape = trace();
            FORGOTTEN.set(name);
            let forgotten = trace();
            FORGOTTEN.set("");
            assert!(shape.is_ok(), "{shape:?}");
            let untraceable = forgotten.unwrap_err().to_string();
            let reason = "by a private type that this version does not know";
            assert!(untraceable.contains(reason), "{name}: {untraceable}");
        };
        is_traced(DERIVED_IDENTIFIER, shape::<Outside>);
        is_traced(ADJACENT_TAG, shape::<Beside>);
        is_traced(UNTAGGED_UNIT, shape::<Beside>);
        is_traced("ContentVisitor", shape::<Untagged>);
        is_traced("TaggedContentVisitor", shape::<Inside>);
    }

    fn shape<T: Serialize + DeserializeOwned>() -> Result<Shape, Untraceable> {
        trace::<T>(&[]).map(|traced| traced.shape)
    }

    #[test]
    fn types_of_a_user_are_not_taken_for_private_ones_of_serde() {
        for name in [
            "shop::private::Visitor",
            "serde_json::value::de::ValueVisitor",
            "serde_core::de::impls::StringVisitor",
            "serde_core::de::impls::VecVisitor<serde::private::de::content::Content>",
            "shop::AdjacentlyTaggedEnumVariantVisitor",
        ] {
            assert!(
                !is_unknown_visitor(name) && !is_unknown_identifier(name),
                "{name}"
            );
            assert!(!is_adjacent_tag(name), "{name}");
        }
        assert!(is_unknown_visitor(
            "serde::private::de::content::NewVisitor<shop::Cart>"
        ));
        assert!(is_unknown_visitor("serde::__private229::de::NewVisitor"));
    }
}
