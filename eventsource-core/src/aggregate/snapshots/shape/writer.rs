//! A serializer that writes the shape of a value.

mod parts;

use std::fmt;

use serde::ser::{Error as _, Serialize, Serializer};

use parts::{Items, Pairs};

/// The shape of a value.
pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    value.serialize(Writer)
}

/// Writes the type of each part of a value, and neither amounts nor contents.
struct Writer;

/// The error of a value that could not be written.
#[derive(Debug)]
pub(super) struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

impl serde::ser::Error for WriteError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

macro_rules! plain {
    ($($serialize:ident $type:ty, $name:literal;)*) => {
        $(fn $serialize(self, _: $type) -> Result<String, WriteError> {
            Ok($name.to_owned())
        })*
    };
}

impl Serializer for Writer {
    type Ok = String;
    type Error = WriteError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Pairs;
    type SerializeStruct = Items;
    type SerializeStructVariant = Items;

    plain! {
        serialize_bool bool, "bool";
        serialize_i8 i8, "i8";
        serialize_i16 i16, "i16";
        serialize_i32 i32, "i32";
        serialize_i64 i64, "i64";
        serialize_i128 i128, "i128";
        serialize_u8 u8, "u8";
        serialize_u16 u16, "u16";
        serialize_u32 u32, "u32";
        serialize_u64 u64, "u64";
        serialize_u128 u128, "u128";
        serialize_f32 f32, "f32";
        serialize_f64 f64, "f64";
        serialize_char char, "char";
        serialize_str &str, "str";
        serialize_bytes &[u8], "bytes";
        serialize_unit_struct &'static str, "()";
    }

    fn serialize_unit(self) -> Result<String, WriteError> {
        Ok("()".to_owned())
    }

    fn serialize_none(self) -> Result<String, WriteError> {
        Ok("none".to_owned())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, WriteError> {
        Ok(format!("some {}", of(value)?))
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<String, WriteError> {
        Ok(format!("{name}::{variant}"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<String, WriteError> {
        Ok(format!("{name}:{}", of(value)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<String, WriteError> {
        Ok(format!("{name}::{variant} {}", of(value)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, WriteError> {
        Ok(Items::of_list())
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, WriteError> {
        Ok(Items::in_order(String::new()))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Items, WriteError> {
        Ok(Items::in_order(name.to_owned()))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, WriteError> {
        Ok(Items::in_order(format!("{name}::{variant}")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Pairs, WriteError> {
        Ok(Pairs::default())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Items, WriteError> {
        Ok(Items::in_order(name.to_owned()))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, WriteError> {
        Ok(Items::in_order(format!("{name}::{variant}")))
    }
}

/// The text of a map's key. Keys are part of the shape, since a flattened field is one.
fn key<T: Serialize + ?Sized>(key: &T) -> Result<String, WriteError> {
    serde_json::to_string(key).map_err(WriteError::custom)
}
