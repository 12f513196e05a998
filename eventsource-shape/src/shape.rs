//! What serde makes of a type.

use std::fmt;

/// The form in which a value is read, as serde asks for it. It knows nothing of Rust's types: two
/// types of one shape read the same payloads, as far as that can be told without values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing but that it is there: `()`, a struct without fields, the payload of a unit variant.
    Unit,
    /// A value without parts.
    Scalar {
        /// Which.
        kind: Scalar,
        /// A value that was taken where common ones were refused, as JSON: `"1970-01-01"` of a
        /// date, `1` of a number that is not zero.
        like: Option<String>,
    },
    /// A value, or none (`null`).
    Optional(Box<Shape>),
    /// Any number of values.
    List(Box<Shape>),
    /// So many values.
    Tuple(Vec<Shape>),
    /// Any number of values by their keys.
    Map(Box<Shape>, Box<Shape>),
    /// Values by names that are known.
    Fields(Fields),
    /// One of several shapes, by name.
    OneOf(Tagging, Vec<Variant>),
    /// Whatever comes: a JSON value, an untagged enum.
    Anything,
    /// The type that has this name, again: that of the nearest struct or enum around it. Where it is
    /// another one, a number behind the name says how many shapes further out it stands.
    Itself(String),
}

/// What a value without parts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool,
    /// A number from 0 of so many bits: `Unsigned(8)` is `u8`.
    Unsigned(u8),
    /// A number of so many bits, with a sign.
    Signed(u8),
    /// A floating-point number of so many bits.
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

/// Values by names that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The values, in the order of the code.
    pub fields: Vec<Field>,
    /// What is done with names that are not known.
    pub others: Others,
}

impl Fields {
    /// The field that a value of this name goes to.
    #[must_use]
    pub fn reads(&self, name: &str) -> Option<&Field> {
        let by_name = self.fields.iter().find(|field| field.name == name);
        by_name.or_else(|| self.fields.iter().find(|field| field.is_read_as(name)))
    }
}

/// What is done with names that are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are ignored.
    Ignored,
    /// They are refused (`deny_unknown_fields`).
    Refused,
    /// They are kept (`flatten`); their values have this shape.
    Kept(Box<Shape>),
}

/// A value by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name under which it is written.
    pub name: String,
    /// Other names under which it is read (`serde(alias)`).
    pub aliases: Vec<String>,
    /// Whether a payload without it is refused.
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

/// One of several shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name under which it is written.
    pub name: String,
    /// Other names under which it is read.
    pub aliases: Vec<String>,
    /// The shape of what stands in it.
    pub shape: Shape,
}

impl Variant {
    /// Whether it is read under this name.
    #[must_use]
    pub fn is_read_as(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// Where the name of a variant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// Around it: `{"Card": {..}}`, or alone where it is a unit.
    Outside,
    /// Among its fields, under this name: `{"type": "Card", ..}`.
    Inside(String),
    /// Beside it, under these names: `{"type": "Card", "content": {..}}`.
    Beside {
        /// The name of the field with the variant's name.
        tag: String,
        /// The name of the field with its content.
        content: String,
    },
}

/// The shape of a type, and values of it that show all that is in it. The samples that were given are
/// not among them.
#[derive(Debug)]
pub struct Traced<T> {
    /// The shape of the type.
    pub shape: Shape,
    /// Every variant of every enum in it, and every optional value there and not there, is shown by
    /// one of these.
    pub values: Vec<T>,
}

/// The shape of a type cannot be found out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{at}`, {reason}")]
pub struct Untraceable {
    /// Field by field from the outermost type.
    pub at: String,
    /// Why.
    pub reason: String,
}
