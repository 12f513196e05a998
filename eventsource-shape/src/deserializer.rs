//! The deserializer that hands out synthetic values.
//!
//! Generic code of this file is compiled again for every event of a user, so it only passes on what
//! [`Run`] decides. It matches results, because `map` and `map_err` would be compiled again as well.

mod compound;
mod name;
mod variant;

use std::any::type_name;

use serde::de::{Deserializer, Visitor};

use super::nodes::NodeKind;
use super::rejection::{Rejection, RejectionReason};
use super::run::{ChosenVariant, Run, UntypedValue};
use super::serde_internals::{is_adjacent_tag, is_unknown_visitor, is_untagged_unit};
use super::synthetic::SyntheticValue;
use crate::shape::Scalar;
use compound::{Fields, Items, Pairs};
use variant::Variant;

/// A deserializer of the value at one node. It hands out synthetic values, and notes what the type
/// asks for.
///
/// [Example](crate#example).
#[derive(Debug)]
pub struct TraceDeserializer<'r> {
    run: &'r mut Run,
    at: usize,
}

impl<'r> TraceDeserializer<'r> {
    pub(crate) fn new(run: &'r mut Run, at: usize) -> Self {
        Self { run, at }
    }

    /// A deserializer of the same run, for another node.
    fn child(&mut self, at: usize) -> TraceDeserializer<'_> {
        TraceDeserializer::new(self.run, at)
    }

    fn set_kind(self, kind: NodeKind) {
        self.run.nodes.set_kind(self.at, kind);
    }

    /// Enters a struct.
    fn open_fields(
        &mut self,
        visitor: &'static str,
        name: &'static str,
        fields: &'static [&'static str],
    ) -> Result<Fields<'_>, Rejection> {
        let at = self.run.enter_type(self.at, visitor, name)?;
        Ok(Fields::known(self.child(at), visitor, fields))
    }

    /// Enters an enum, unless it is the tag of an adjacently tagged one.
    fn open_variant(
        &mut self,
        visitor: &'static str,
        name: &'static str,
        variants: &'static [&'static str],
    ) -> Result<ChosenVariant, Rejection> {
        check_visitor(visitor)?;
        if is_adjacent_tag(visitor) {
            return Err(self.run.set_adjacent_tag(self.at, variants));
        }
        let at = self.run.enter_type(self.at, visitor, name)?;
        self.run.variant(at, variants)
    }
}

macro_rules! integers {
    ($($deserialize:ident $visit:ident $type:ident $kind:ident $bits:literal;)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
            let kind = Scalar::$kind($bits);
            let value = self.run.integer(self.at, kind);
            visitor.$visit($type::try_from(value).unwrap_or_default())
        })*
    };
}

impl<'de> Deserializer<'de> for TraceDeserializer<'_> {
    type Error = Rejection;

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

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        let value = self.run.scalar(self.at, Scalar::Bool);
        visitor.visit_bool(value == SyntheticValue::Bool(true))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the synthetic values are short"
    )]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        let value = self.run.float(self.at, Scalar::Float(32));
        visitor.visit_f32(value as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        let value = self.run.float(self.at, Scalar::Float(64));
        visitor.visit_f64(value)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        match self.run.scalar(self.at, Scalar::Char) {
            SyntheticValue::Char(value) => visitor.visit_char(value),
            _ => visitor.visit_char('a'),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        match self.run.scalar(self.at, Scalar::Text) {
            SyntheticValue::Text(value) => visitor.visit_string(value),
            _ => visitor.visit_str("a"),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        match self.run.scalar(self.at, Scalar::Bytes) {
            SyntheticValue::Bytes(value) => visitor.visit_byte_buf(value),
            _ => visitor.visit_bytes(&[1]),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        match self.run.optional(self.at) {
            Some(at) => {
                let mut value = visitor.visit_some(self.child(at));
                if let Err(rejection) = &mut value {
                    rejection.set_node(at);
                }
                value
            }
            None => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.set_kind(NodeKind::Unit);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let at = self.run.enter_type(self.at, type_name::<V>(), name)?;
        let value = visitor.visit_newtype_struct(self.child(at));
        self.run.leave_type();
        value
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        let (length, item) = self.run.list(self.at);
        visitor.visit_seq(Items::repeated(self.child(item), length))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        visitor.visit_seq(Items::tuple(&mut self, length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let at = self.run.enter_type(self.at, type_name::<V>(), name)?;
        let value = self.child(at).deserialize_tuple(length, visitor);
        self.run.leave_type();
        value
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        let name = short(type_name::<V::Value>());
        let at = self.run.enter_type(self.at, type_name::<V>(), name)?;
        let value = if let NodeKind::Fields(_) = self.run.nodes.kind(at) {
            self.child(at).deserialize_any(visitor)
        } else {
            let (length, (key, value)) = self.run.map(at);
            visitor.visit_map(Pairs::new(&mut self, length, key, value))
        };
        self.run.leave_type();
        value
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let mut value = match self.open_fields(type_name::<V>(), name, fields) {
            Ok(fields) => visitor.visit_map(fields),
            Err(rejection) => return Err(rejection),
        };
        let at = self.run.leave_type();
        if let Err(rejection) = &mut value {
            rejection.set_node(at);
        }
        value
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let choice = self.open_variant(type_name::<V>(), name, variants)?;
        let mut value = visitor.visit_enum(Variant::new(self.child(choice.of), &choice));
        self.run.leave_type();
        match &mut value {
            Ok(_) => self.run.finish_variant(&choice),
            Err(rejection) => rejection.set_node(choice.of),
        }
        value
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.run.identifier(self.at)?;
        visitor.visit_str("an unknown variant")
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        check_visitor(type_name::<V>())?;
        if is_untagged_unit(type_name::<V>()) {
            return self.deserialize_unit(visitor);
        }
        let at = self.at;
        let mut value = match self.run.untyped_value(at) {
            UntypedValue::Nothing => visitor.visit_unit(),
            UntypedValue::Value(value) => visit(value, visitor),
            UntypedValue::Node(at) => return self.child(at).deserialize_any(visitor),
            UntypedValue::Items(nodes) => visitor.visit_seq(Items::new(self, nodes)),
            UntypedValue::Pairs(length, (key, value)) => {
                visitor.visit_map(Pairs::new(&mut self, length, key, value))
            }
            UntypedValue::Fields(names) => visitor.visit_map(Fields::new(self, names)),
            UntypedValue::UnitVariant(name) => visitor.visit_str(&name),
            UntypedValue::Variant(name, at) => visitor.visit_map(Fields::named(self, name, at)),
        };
        if let Err(rejection) = &mut value {
            rejection.set_node(at);
        }
        value
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.run.ignore(self.at);
        visitor.visit_unit()
    }
}

/// Rejects a private type of serde that the tracer does not know.
fn check_visitor(visitor: &'static str) -> Result<(), Rejection> {
    if is_unknown_visitor(visitor) {
        return Err(Rejection::new(RejectionReason::UnknownInternal(visitor)));
    }
    Ok(())
}

fn visit<'de, V: Visitor<'de>>(value: SyntheticValue, visitor: V) -> Result<V::Value, Rejection> {
    match value {
        SyntheticValue::Bool(value) => visitor.visit_bool(value),
        SyntheticValue::Integer(value) => match u64::try_from(value) {
            Ok(value) => visitor.visit_u64(value),
            Err(_) => visitor.visit_i64(i64::try_from(value).unwrap_or_default()),
        },
        SyntheticValue::Float(value) => visitor.visit_f64(value),
        SyntheticValue::Char(value) => visitor.visit_char(value),
        SyntheticValue::Text(value) => visitor.visit_string(value),
        SyntheticValue::Bytes(value) => visitor.visit_byte_buf(value),
    }
}

/// The name of a type without its module.
fn short(name: &'static str) -> &'static str {
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}
