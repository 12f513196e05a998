//! By which events of many streams can be asked for.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::Id;

/// A value of an event by which events of many streams can be asked for: `student:ann`.
///
/// Tags are stored as plain text beside the payload, so they are no place for personal data.
///
/// ```
/// use eventsource_core::Tag;
///
/// assert_eq!(Tag::new("student", "ann").as_str(), "student:ann");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag `key:value`.
    #[must_use]
    pub fn new(key: &str, value: impl fmt::Display) -> Self {
        Self(format!("{key}:{value}").into())
    }

    /// The tag that a store kept as this text.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// `key:value`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A type whose values can be tags of an event: what a field under `#[event(tag)]` has to be.
///
/// ```
/// use eventsource_core::{TagValue, event};
///
/// #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Seat(u16);
///
/// impl TagValue for Seat {
///     fn tag_value(&self) -> Option<String> {
///         Some(self.0.to_string())
///     }
/// }
///
/// #[event]
/// struct Booked {
///     #[event(tag)]
///     seat: Seat, // gives the tag `seat:17`
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tag",
    label = "not a tag value",
    note = "tags are texts, integers, `bool`, `Uuid`, `Id<_>` and `Option`s of those\n\
            for any other value, make a newtype the type of the field:\n\
            struct Value({Self});\n\
            impl TagValue for Value {{\n    \
                fn tag_value(&self) -> Option<String> {{ .. }}\n\
            }}"
)]
pub trait TagValue {
    /// What stands behind `key:` in the tag; `None` for no tag at all.
    fn tag_value(&self) -> Option<String>;
}

macro_rules! displayed {
    ($($type:ty)*) => {
        $(impl TagValue for $type {
            fn tag_value(&self) -> Option<String> {
                Some(self.to_string())
            }
        })*
    };
}
displayed!(bool char u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 str String Box<str> Arc<str> Uuid);

impl<A> TagValue for Id<A> {
    fn tag_value(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl<T: TagValue> TagValue for Option<T> {
    fn tag_value(&self) -> Option<String> {
        self.as_ref().and_then(TagValue::tag_value)
    }
}
