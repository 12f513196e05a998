//! Values in values.

use std::collections::BTreeSet;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Refused, key, of};

/// The items of a sequence, or the fields of a struct.
pub(super) struct Items {
    name: String,
    shapes: Vec<String>,
    in_order: bool,
}

impl Items {
    /// Of a sequence: how many there are and in which order does not matter.
    pub(super) fn alike() -> Self {
        Self {
            name: String::new(),
            shapes: Vec::new(),
            in_order: false,
        }
    }

    /// Of a tuple or a struct.
    pub(super) fn in_order(name: String) -> Self {
        Self {
            name,
            shapes: Vec::new(),
            in_order: true,
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, field: &str, value: &T) -> Result<(), Refused> {
        self.shapes.push(format!("{field}{}", of(value)?));
        Ok(())
    }

    fn told(mut self) -> String {
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
            type Error = Refused;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.push("", value)
            }

            fn end(self) -> Result<String, Refused> {
                Ok(self.told())
            }
        })*
    };
}

macro_rules! named {
    ($($trait:ident)*) => {
        $(impl $trait for Items {
            type Ok = String;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.push(&format!("{name}: "), value)
            }

            fn end(self) -> Result<String, Refused> {
                Ok(self.told())
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
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.key = key(value)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.shapes.insert(format!("{}: {}", self.key, of(value)?));
        Ok(())
    }

    fn end(self) -> Result<String, Refused> {
        let shapes: Vec<_> = self.shapes.into_iter().collect();
        Ok(format!("{{{}}}", shapes.join(", ")))
    }
}
