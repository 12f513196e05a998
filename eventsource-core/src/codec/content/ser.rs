//! Encoding the content of an event.

use serde::ser::{
    Serialize, SerializeMap, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant, Serializer,
};

/// Writes the content of an event with the inner serializer.
pub(in crate::codec) struct Content<S> {
    inner: S,
    /// Whether a variant is the event itself. A variant inside of the event keeps its name.
    is_event: bool,
}

impl<S: Serializer> Content<S> {
    pub(in crate::codec) fn new(inner: S, is_event: bool) -> Self {
        Self { inner, is_event }
    }

    fn nothing(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_map(Some(0))?.end()
    }
}

macro_rules! forward {
    ($($method:ident($($arg:ident: $type:ty),*) -> $ok:ident;)*) => {
        $(fn $method(self, $($arg: $type),*) -> Result<Self::$ok, S::Error> {
            self.inner.$method($($arg),*)
        })*
    };
}

impl<S: Serializer> Serializer for Content<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = S::SerializeSeq;
    type SerializeTuple = S::SerializeTuple;
    type SerializeTupleStruct = S::SerializeTupleStruct;
    type SerializeTupleVariant = Variant<S::SerializeTuple, S::SerializeTupleVariant>;
    type SerializeMap = S::SerializeMap;
    type SerializeStruct = S::SerializeStruct;
    type SerializeStructVariant = Variant<S::SerializeStruct, S::SerializeStructVariant>;

    fn serialize_unit_struct(self, _: &'static str) -> Result<S::Ok, S::Error> {
        self.nothing()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        if self.is_event {
            self.nothing()
        } else {
            self.inner.serialize_unit_variant(name, index, variant)
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let Self { inner, is_event } = self;
        if is_event {
            value.serialize(Self {
                inner,
                is_event: false,
            })
        } else {
            inner.serialize_newtype_variant(name, index, variant, value)
        }
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let Self { inner, is_event } = self;
        if is_event {
            inner.serialize_tuple(len).map(Variant::Event)
        } else {
            let nested = inner.serialize_tuple_variant(name, index, variant, len);
            nested.map(Variant::Nested)
        }
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let Self { inner, is_event } = self;
        if is_event {
            inner.serialize_struct(variant, len).map(Variant::Event)
        } else {
            let nested = inner.serialize_struct_variant(name, index, variant, len);
            nested.map(Variant::Nested)
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    forward! {
        serialize_bool(value: bool) -> Ok;
        serialize_i8(value: i8) -> Ok;
        serialize_i16(value: i16) -> Ok;
        serialize_i32(value: i32) -> Ok;
        serialize_i64(value: i64) -> Ok;
        serialize_i128(value: i128) -> Ok;
        serialize_u8(value: u8) -> Ok;
        serialize_u16(value: u16) -> Ok;
        serialize_u32(value: u32) -> Ok;
        serialize_u64(value: u64) -> Ok;
        serialize_u128(value: u128) -> Ok;
        serialize_f32(value: f32) -> Ok;
        serialize_f64(value: f64) -> Ok;
        serialize_char(value: char) -> Ok;
        serialize_str(value: &str) -> Ok;
        serialize_bytes(value: &[u8]) -> Ok;
        serialize_none() -> Ok;
        serialize_unit() -> Ok;
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
    }
}

/// Writes the fields of the event's variant as a struct or a tuple, and those of an inner variant as a
/// variant.
pub(in crate::codec) enum Variant<E, N> {
    Event(E),
    Nested(N),
}

impl<E, N> SerializeStructVariant for Variant<E, N>
where
    E: SerializeStruct,
    N: SerializeStructVariant<Ok = E::Ok, Error = E::Error>,
{
    type Ok = E::Ok;
    type Error = E::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), E::Error> {
        match self {
            Self::Event(fields) => fields.serialize_field(key, value),
            Self::Nested(fields) => fields.serialize_field(key, value),
        }
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), E::Error> {
        match self {
            Self::Event(fields) => fields.skip_field(key),
            Self::Nested(fields) => fields.skip_field(key),
        }
    }

    fn end(self) -> Result<E::Ok, E::Error> {
        match self {
            Self::Event(fields) => fields.end(),
            Self::Nested(fields) => fields.end(),
        }
    }
}

impl<E, N> SerializeTupleVariant for Variant<E, N>
where
    E: SerializeTuple,
    N: SerializeTupleVariant<Ok = E::Ok, Error = E::Error>,
{
    type Ok = E::Ok;
    type Error = E::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), E::Error> {
        match self {
            Self::Event(fields) => fields.serialize_element(value),
            Self::Nested(fields) => fields.serialize_field(value),
        }
    }

    fn end(self) -> Result<E::Ok, E::Error> {
        match self {
            Self::Event(fields) => fields.end(),
            Self::Nested(fields) => fields.end(),
        }
    }
}
