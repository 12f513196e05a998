//! The shape of a type, as serde reads it.

use std::fmt;

/// The form in which serde reads a value. It says nothing about Rust's types: two types of one shape
/// read the same payloads, as far as a shape can tell.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A value without content: `()`, a struct without fields, the payload of a unit variant.
    Unit,
    /// A scalar.
    Scalar {
        /// The kind of scalar.
        kind: Scalar,
        /// A value that the type accepts, as JSON, if it rejects common ones: `"1970-01-01"` for a
        /// date, `1` for a number that must not be zero.
        example: Option<String>,
    },
    /// A value, or none (`null`).
    Optional(Box<Shape>),
    /// Any number of values.
    List(Box<Shape>),
    /// A fixed number of values, each with a shape of its own.
    Tuple(Vec<Shape>),
    /// Any number of values by key.
    Map(Box<Shape>, Box<Shape>),
    /// Values by known names.
    Fields(Fields),
    /// One of several shapes, by name.
    OneOf(Tagging, Vec<Variant>),
    /// Any value: a JSON value, an untagged enum.
    Anything,
    /// A type that contains itself, by its name: the nearest struct or enum around the value. If
    /// it is one further out, the number of shapes between them follows the name.
    Recursive(String),
}

/// The kind of a scalar.
///
/// [Example](crate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool,
    /// An unsigned integer with this number of bits: `Unsigned(8)` is `u8`.
    Unsigned(u8),
    /// A signed integer with this number of bits.
    Signed(u8),
    /// A floating-point number with this number of bits.
    Float(u8),
    /// A character.
    Char,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Unsigned(bits) => write!(f, "u{bits}"),
            Self::Signed(bits) => write!(f, "i{bits}"),
            Self::Float(bits) => write!(f, "f{bits}"),
            Self::Char => f.write_str("char"),
            Self::Text => f.write_str("text"),
            Self::Bytes => f.write_str("bytes"),
        }
    }
}

/// Values by known names.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The fields, in the order of the code.
    pub fields: Vec<Field>,
    /// How a type treats unknown fields.
    pub unknown_fields: UnknownFields,
}

impl Fields {
    /// The field that reads a value with this name.
    #[must_use]
    pub fn reads(&self, name: &str) -> Option<&Field> {
        let by_name = self.fields.iter().find(|field| field.name == name);
        by_name.or_else(|| self.fields.iter().find(|field| field.is_read_as(name)))
    }
}

/// How a type treats unknown fields.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownFields {
    /// They are ignored.
    Ignored,
    /// They are rejected (`deny_unknown_fields`).
    Denied,
    /// They are collected (`flatten`); their values have this shape.
    Collected(Box<Shape>),
}

/// A field: a value with a name.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name under which it is written.
    pub name: String,
    /// Other names under which it is read (`serde(alias)`).
    pub aliases: Vec<String>,
    /// Whether a payload without it is rejected.
    pub required: bool,
    /// The shape of the value.
    pub shape: Shape,
}

impl Field {
    /// Whether it is read under this name.
    #[must_use]
    pub fn is_read_as(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// A variant of an enum.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name under which it is written.
    pub name: String,
    /// Other names under which it is read.
    pub aliases: Vec<String>,
    /// The shape of its content.
    pub shape: Shape,
}

impl Variant {
    /// Whether it is read under this name.
    #[must_use]
    pub fn is_read_as(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// The representation of an enum: where the name of the variant is.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// Externally tagged: `{"Card": {..}}`, or the name alone for a unit variant.
    External,
    /// Internally tagged, by a field with this name: `{"type": "Card", ..}`.
    Internal(String),
    /// Adjacently tagged, by fields with these names: `{"type": "Card", "content": {..}}`.
    Adjacent {
        /// The name of the field with the variant's name.
        tag: String,
        /// The name of the field with its content.
        content: String,
    },
}

/// The shape of a type, and values that cover it. The samples that were given are not among them.
///
/// [Example](crate#example).
#[derive(Debug)]
pub struct Traced<T> {
    /// The shape of the type.
    pub shape: Shape,
    /// Values that together contain every variant of every enum, and every optional value both
    /// present and absent.
    pub values: Vec<T>,
}

/// The error for a type whose shape cannot be found out.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{at}`, {reason}")]
pub struct Untraceable {
    /// The path from the outermost type, field by field.
    pub at: String,
    /// The reason.
    pub reason: String,
}
