//! The shapes of compound values.

use std::collections::BTreeSet;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{WriteError, key, of};

/// The items of a sequence, or the fields of a struct.
pub(super) struct Items {
    name: String,
    shapes: Vec<String>,
    in_order: bool,
}

impl Items {
    /// The items of a sequence. Their number and order are not part of the shape.
    pub(super) fn of_list() -> Self {
        Self {
            name: String::new(),
            shapes: Vec::new(),
            in_order: false,
        }
    }

    /// The fields of a tuple or a struct.
    pub(super) fn in_order(name: String) -> Self {
        Self {
            name,
            shapes: Vec::new(),
            in_order: true,
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, field: &str, value: &T) -> Result<(), WriteError> {
        self.shapes.push(format!("{field}{}", of(value)?));
        Ok(())
    }

    fn finish(mut self) -> String {
        if self.in_order {
            return format!("{}({})", self.name, self.shapes.join(", "));
        }
        self.shapes.sort_unstable();
        self.shapes.dedup();
        format!("[{}]", self.shapes.join(" | "))
    }
}

macro_rules! unnamed {
    ($($trait:ident $push:ident)*) => {
        $(impl $trait for Items {
            type Ok = String;
            type Error = WriteError;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.push("", value)
            }

            fn end(self) -> Result<String, WriteError> {
                Ok(self.finish())
            }
        })*
    };
}

macro_rules! named {
    ($($trait:ident)*) => {
        $(impl $trait for Items {
            type Ok = String;
            type Error = WriteError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), WriteError> {
                self.push(&format!("{name}: "), value)
            }

            fn end(self) -> Result<String, WriteError> {
                Ok(self.finish())
            }
        })*
    };
}

unnamed! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

named! { SerializeStruct SerializeStructVariant }

/// The pairs of a map, or the fields of a struct that serde flattens.
#[derive(Default)]
pub(super) struct Pairs {
    shapes: BTreeSet<String>,
    key: String,
}

impl SerializeMap for Pairs {
    type Ok = String;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.key = key(value)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.shapes.insert(format!("{}: {}", self.key, of(value)?));
        Ok(())
    }

    fn end(self) -> Result<String, WriteError> {
        let shapes: Vec<_> = self.shapes.into_iter().collect();
        Ok(format!("{{{}}}", shapes.join(", ")))
    }
}
