//! The deserializer that hands out made-up values.
//!
//! What is generic here is compiled again for every event of a user, so it only passes on what
//! [`Reading`] decides, and matches a result rather than to call `map` or `map_err`, which are
//! compiled again as well.

mod compound;
mod name;
mod variant;

use std::any::type_name;

use serde::de::{Deserializer, Visitor};

use super::nodes::Is;
use super::rejection::{Refused, Why};
use super::run::{Chosen, Played, Reading};
use super::serde_internals::{is_adjacent_tag, is_unknown_visitor, is_untagged_unit};
use super::synthetic::MadeUp;
use crate::shape::Scalar;
use compound::{Fields, Items, Pairs};
use variant::Variant;

/// Reads what stands at a place.
#[derive(Debug)]
pub struct Reader<'r> {
    reading: &'r mut Reading,
    at: usize,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(reading: &'r mut Reading, at: usize) -> Self {
        Self { reading, at }
    }

    /// A reader of the same reading, elsewhere.
    fn at(&mut self, at: usize) -> Reader<'_> {
        Reader::new(self.reading, at)
    }

    fn is(self, is: Is) {
        self.reading.places.becomes(self.at, is);
    }

    /// Begins with a struct. Answers where what is known of it stands.
    fn open_fields(
        &mut self,
        visitor: &'static str,
        name: &'static str,
        fields: &'static [&'static str],
    ) -> Result<Fields<'_>, Refused> {
        let at = self.reading.open(self.at, visitor, name)?;
        Ok(Fields::known(self.at(at), visitor, fields))
    }

    /// Begins with an enum, if it is not the tag of one.
    fn open_variant(
        &mut self,
        visitor: &'static str,
        name: &'static str,
        variants: &'static [&'static str],
    ) -> Result<Chosen, Refused> {
        check_visitor(visitor)?;
        if is_adjacent_tag(visitor) {
            return Err(self.reading.is_tag(self.at, variants));
        }
        let at = self.reading.open(self.at, visitor, name)?;
        self.reading.variant(at, variants)
    }
}

macro_rules! integers {
    ($($deserialize:ident $visit:ident $type:ident $kind:ident $bits:literal;)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            let kind = Scalar::$kind($bits);
            let value = self.reading.integer(self.at, kind);
            visitor.$visit($type::try_from(value).unwrap_or_default())
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refused;

    integers! {
        deserialize_i8 visit_i8 i8 Signed 8;
        deserialize_i16 visit_i16 i16 Signed 16;
        deserialize_i32 visit_i32 i32 Signed 32;
        deserialize_i64 visit_i64 i64 Signed 64;
        deserialize_i128 visit_i128 i128 Signed 128;
        deserialize_u8 visit_u8 u8 Unsigned 8;
        deserialize_u16 visit_u16 u16 Unsigned 16;
        deserialize_u32 visit_u32 u32 Unsigned 32;
        deserialize_u64 visit_u64 u64 Unsigned 64;
        deserialize_u128 visit_u128 u128 Unsigned 128;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let value = self.reading.scalar(self.at, Scalar::Bool);
        visitor.visit_bool(value == MadeUp::Bool(true))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the made-up values are short"
    )]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let value = self.reading.float(self.at, Scalar::Float(32));
        visitor.visit_f32(value as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let value = self.reading.float(self.at, Scalar::Float(64));
        visitor.visit_f64(value)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.reading.scalar(self.at, Scalar::Char) {
            MadeUp::Char(value) => visitor.visit_char(value),
            _ => visitor.visit_char('a'),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.reading.scalar(self.at, Scalar::Text) {
            MadeUp::Text(value) => visitor.visit_string(value),
            _ => visitor.visit_str("a"),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.reading.scalar(self.at, Scalar::Bytes) {
            MadeUp::Bytes(value) => visitor.visit_byte_buf(value),
            _ => visitor.visit_bytes(&[1]),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.reading.optional(self.at) {
            Some(at) => {
                let mut value = visitor.visit_some(self.at(at));
                if let Err(refused) = &mut value {
                    refused.blame(at);
                }
                value
            }
            None => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.is(Is::Unit);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let at = self.reading.open(self.at, type_name::<V>(), name)?;
        let value = visitor.visit_newtype_struct(self.at(at));
        self.reading.close();
        value
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let (length, item) = self.reading.list(self.at);
        visitor.visit_seq(Items::alike(self.at(item), length))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_seq(Items::tuple(&mut self, length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let at = self.reading.open(self.at, type_name::<V>(), name)?;
        let value = self.at(at).deserialize_tuple(length, visitor);
        self.reading.close();
        value
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let name = short(type_name::<V::Value>());
        let at = self.reading.open(self.at, type_name::<V>(), name)?;
        let value = if let Is::Fields(_) = self.reading.places.is(at) {
            self.at(at).deserialize_any(visitor)
        } else {
            let (length, (key, value)) = self.reading.map(at);
            visitor.visit_map(Pairs::new(&mut self, length, key, value))
        };
        self.reading.close();
        value
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let mut value = match self.open_fields(type_name::<V>(), name, fields) {
            Ok(fields) => visitor.visit_map(fields),
            Err(refused) => return Err(refused),
        };
        let at = self.reading.close();
        if let Err(refused) = &mut value {
            refused.blame(at);
        }
        value
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let chosen = self.open_variant(type_name::<V>(), name, variants)?;
        let mut value = visitor.visit_enum(Variant::new(self.at(chosen.of), &chosen));
        self.reading.close();
        match &mut value {
            Ok(_) => self.reading.was_read(&chosen),
            Err(refused) => refused.blame(chosen.of),
        }
        value
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.reading.identifier(self.at)?;
        visitor.visit_str("a variant that nobody knows")
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        check_visitor(type_name::<V>())?;
        if is_untagged_unit(type_name::<V>()) {
            return self.deserialize_unit(visitor);
        }
        let at = self.at;
        let mut value = match self.reading.play(at) {
            Played::Nothing => visitor.visit_unit(),
            Played::Value(value) => played(value, visitor),
            Played::At(at) => return self.at(at).deserialize_any(visitor),
            Played::Items(places) => visitor.visit_seq(Items::new(self, places)),
            Played::Pairs(length, (key, value)) => {
                visitor.visit_map(Pairs::new(&mut self, length, key, value))
            }
            Played::Fields(names) => visitor.visit_map(Fields::new(self, names)),
            Played::Name(name) => visitor.visit_str(&name),
            Played::Named(name, at) => visitor.visit_map(Fields::named(self, name, at)),
        };
        if let Err(refused) = &mut value {
            refused.blame(at);
        }
        value
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.reading.is_ignored(self.at);
        visitor.visit_unit()
    }
}

/// Refuses a private type of serde of which the tracer does not know what it reads.
fn check_visitor(visitor: &'static str) -> Result<(), Refused> {
    if is_unknown_visitor(visitor) {
        return Err(Refused::new(Why::UnknownInternal(visitor)));
    }
    Ok(())
}

fn played<'de, V: Visitor<'de>>(value: MadeUp, visitor: V) -> Result<V::Value, Refused> {
    match value {
        MadeUp::Bool(value) => visitor.visit_bool(value),
        MadeUp::Integer(value) => match u64::try_from(value) {
            Ok(value) => visitor.visit_u64(value),
            Err(_) => visitor.visit_i64(i64::try_from(value).unwrap_or_default()),
        },
        MadeUp::Float(value) => visitor.visit_f64(value),
        MadeUp::Char(value) => visitor.visit_char(value),
        MadeUp::Text(value) => visitor.visit_string(value),
        MadeUp::Bytes(value) => visitor.visit_byte_buf(value),
    }
}

/// A type without the module it stands in.
fn short(name: &'static str) -> &'static str {
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}
