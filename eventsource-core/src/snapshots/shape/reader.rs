//! The deserializer that hands out made-up values.

mod parts;

use std::fmt;

use serde::de::{Deserializer, Error as _, Visitor};

use super::seen::Seen;
use parts::{Fields, Items, Pairs, Variant};

/// Texts that some type or other takes.
const TEXTS: [&str; 12] = [
    "",
    "a",
    "A",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "1970-01-01T00:00:00Z",
    "1970-01-01",
    "00:00:00",
    "PT1S",
    "127.0.0.1",
    "127.0.0.1:80",
    "http://localhost/",
];

/// Notes in `shape` what it is asked for.
pub(super) struct Reader<'r> {
    seen: &'r mut Seen,
    shape: &'r mut String,
}

impl<'r> Reader<'r> {
    pub(super) fn new(seen: &'r mut Seen, shape: &'r mut String) -> Self {
        Self { seen, shape }
    }

    /// A reader of a part of the same value.
    fn part(&mut self) -> Reader<'_> {
        Reader {
            seen: self.seen,
            shape: self.shape,
        }
    }

    fn open(&mut self, named: (&'static str, &'static [&'static str])) -> Result<(), Refused> {
        if self.seen.open(named) {
            return Ok(());
        }
        self.seen.give_up();
        Err(Refused(format!(
            "`{}` stands in itself without end",
            named.0
        )))
    }

    fn note(&mut self, what: &str) {
        self.shape.push_str(what);
    }
}

/// A made-up value was refused, or cannot be made up.
#[derive(Debug)]
pub(super) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::de::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

macro_rules! numbers {
    ($($deserialize:ident $visit:ident $name:literal $zero:expr, $one:expr;)*) => {
        $(fn $deserialize<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
            self.note($name);
            visitor.$visit([$zero, $one][self.seen.choose(2)])
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refused;

    numbers! {
        deserialize_bool visit_bool "bool" false, true;
        deserialize_i8 visit_i8 "i8" 0, 1;
        deserialize_i16 visit_i16 "i16" 0, 1;
        deserialize_i32 visit_i32 "i32" 0, 1;
        deserialize_i64 visit_i64 "i64" 0, 1;
        deserialize_i128 visit_i128 "i128" 0, 1;
        deserialize_u8 visit_u8 "u8" 0, 1;
        deserialize_u16 visit_u16 "u16" 0, 1;
        deserialize_u32 visit_u32 "u32" 0, 1;
        deserialize_u64 visit_u64 "u64" 0, 1;
        deserialize_u128 visit_u128 "u128" 0, 1;
        deserialize_f32 visit_f32 "f32" 0.0, 1.0;
        deserialize_f64 visit_f64 "f64" 0.0, 1.0;
        deserialize_char visit_char "char" 'a', '0';
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.note("str");
        visitor.visit_str(TEXTS[self.seen.choose(TEXTS.len())])
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.note("bytes");
        visitor.visit_bytes([&[][..], &[0; 16], &[0; 32]][self.seen.choose(3)])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        if self.seen.is_recursive() {
            self.note("itself?");
            return visitor.visit_none();
        }
        self.note("optional ");
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.note("()");
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note(name);
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note(name);
        self.note(":");
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let length = usize::from(!self.seen.is_recursive());
        self.note("[");
        let value = visitor.visit_seq(Items {
            reader: self.part(),
            left: length,
        })?;
        self.note("]");
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note("(");
        let value = visitor.visit_seq(Items {
            reader: self.part(),
            left: length,
        })?;
        self.note(")");
        Ok(value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note(name);
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let length = usize::from(!self.seen.is_recursive());
        self.note("{");
        let value = visitor.visit_map(Pairs {
            reader: self.part(),
            left: length,
        })?;
        self.note("}");
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note(name);
        self.open((name, fields))?;
        let value = visitor.visit_map(Fields::new(self.part(), fields))?;
        self.seen.close();
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.note("enum ");
        self.note(name);
        self.open((name, variants))?;
        let index = self.seen.variant((name, variants));
        let variant = variants.get(index).copied().unwrap_or_default();
        let mut shape = variant.to_owned();
        self.seen.enter(variant);
        let reader = Reader::new(self.seen, &mut shape);
        let value = visitor.visit_enum(Variant {
            reader,
            name: variant,
        })?;
        self.seen.leave();
        self.seen.show((name, variants), index, shape);
        self.seen.close();
        Ok(value)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused::custom("an identifier stands where a value should"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        self.seen.give_up();
        Err(Refused::custom(
            "the type takes whatever it finds (`flatten`, `untagged`, a JSON value)",
        ))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }
}
