//! Writing.

use serde::ser::{
    Serialize, SerializeMap, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant, Serializer,
};

/// Writes what an event holds with the serializer inside.
pub(in crate::codec) struct Content<S> {
    inner: S,
    /// Whether a variant would be the event itself; one that the event holds keeps its name.
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
            let held = inner.serialize_tuple_variant(name, index, variant, len);
            held.map(Variant::Held)
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
            let held = inner.serialize_struct_variant(name, index, variant, len);
            held.map(Variant::Held)
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

/// Takes the fields of a variant to what writes a struct or a tuple; those of a variant that the
/// event holds, to what writes variants.
pub(in crate::codec) enum Variant<E, H> {
    Event(E),
    Held(H),
}

impl<E, H> SerializeStructVariant for Variant<E, H>
where
    E: SerializeStruct,
    H: SerializeStructVariant<Ok = E::Ok, Error = E::Error>,
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
            Self::Held(fields) => fields.serialize_field(key, value),
        }
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), E::Error> {
        match self {
            Self::Event(fields) => fields.skip_field(key),
            Self::Held(fields) => fields.skip_field(key),
        }
    }

    fn end(self) -> Result<E::Ok, E::Error> {
        match self {
            Self::Event(fields) => fields.end(),
            Self::Held(fields) => fields.end(),
        }
    }
}

impl<E, H> SerializeTupleVariant for Variant<E, H>
where
    E: SerializeTuple,
    H: SerializeTupleVariant<Ok = E::Ok, Error = E::Error>,
{
    type Ok = E::Ok;
    type Error = E::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), E::Error> {
        match self {
            Self::Event(fields) => fields.serialize_element(value),
            Self::Held(fields) => fields.serialize_field(value),
        }
    }

    fn end(self) -> Result<E::Ok, E::Error> {
        match self {
            Self::Event(fields) => fields.end(),
            Self::Held(fields) => fields.end(),
        }
    }
}
