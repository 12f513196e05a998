//! Tags of events.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::id::Id;

/// A tag: a value of an event, such as `student:ann`, by which queries find events of many streams.
///
/// Tags are stored as plain text beside the payload, so they must not contain personal data.
///
/// ```
/// use eventsource_core::Tag;
///
/// let tag = Tag::new("student", "ann");
/// assert_eq!(tag.as_str(), "student:ann");
/// assert_eq!((tag.key(), tag.value()), ("student", "ann"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias("criterion", "DCB", "label"))]
pub struct Tag {
    text: Box<str>,
    /// The length of the key in bytes. The key ends at the first `:`, unless it is invalid.
    key: usize,
}

impl Tag {
    /// Creates the tag `key:value`. A key that contains `:` is invalid: a store refuses events and queries
    /// with such a tag. [`try_new`](Self::try_new) checks the key at once.
    #[must_use]
    pub fn new(key: &str, value: impl fmt::Display) -> Self {
        Self {
            text: format!("{key}:{value}").into(),
            key: key.len(),
        }
    }

    /// Creates the tag `key:value` and checks the key, for keys that are not constants of the program.
    ///
    /// ```
    /// use eventsource_core::Tag;
    ///
    /// assert_eq!(Tag::try_new("seat", "row:7")?.value(), "row:7");
    /// assert!(Tag::try_new("seat:row", 7).is_err());
    /// # Ok::<(), eventsource_core::values::TagKeyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TagKeyError`], if the key contains `:`.
    pub fn try_new(key: &str, value: impl fmt::Display) -> Result<Self, TagKeyError> {
        let tag = Self::new(key, value);
        tag.check()?;
        Ok(tag)
    }

    /// The tag that a store has as this text.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self {
            text: text.into(),
            key: text.find(':').unwrap_or(text.len()),
        }
    }

    /// Checks that the key is valid.
    ///
    /// # Errors
    ///
    /// [`TagKeyError`], if it contains `:`.
    pub fn check(&self) -> Result<(), TagKeyError> {
        if self.key().contains(':') {
            let key = self.key().to_owned();
            return Err(TagKeyError { key });
        }
        Ok(())
    }

    /// The text `key:value`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text before the `:`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.text[..self.key]
    }

    /// The text after the `:`.
    #[must_use]
    pub fn value(&self) -> &str {
        self.text.get(self.key + 1..).unwrap_or_default()
    }
}

impl Tag {
    /// A hash of the tag for indexes of stores: the first eight bytes, in big-endian order, of the
    /// SHA-256 of [`Tag::as_str`]. It never changes. Two tags can have the same hash, so a store has
    /// to compare a match with the tags of the event.
    ///
    /// ```
    /// use eventsource_core::Tag;
    ///
    /// assert_eq!(Tag::new("student", "ann").hash64(), 0x56d5_ca91_7812_db28);
    /// ```
    #[must_use]
    pub fn hash64(&self) -> u64 {
        let hash: [u8; 32] = Sha256::digest(self.as_str()).into();
        let (first, _) = hash.as_chunks::<8>();
        u64::from_be_bytes(first[0])
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The error of a tag whose key contains `:`. Such a key could not be separated from the value.
///
/// ```
/// use eventsource_core::Tag;
/// use eventsource_core::values::TagKeyError;
///
/// let error: TagKeyError = Tag::try_new("seat:row", 7).unwrap_err();
/// assert!(error.to_string().contains("seat:row"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tag is stored as `key:value`, so its key cannot contain ':': {key:?}")]
pub struct TagKeyError {
    key: String,
}

/// A type whose values can be tags of an event. A field under `#[event(tag)]` has to implement it.
///
/// ```
/// use eventsource_core::event;
/// use eventsource_core::values::TagValue;
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
///     seat: Seat, // the tag is `seat:17`
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
    /// The value of the tag; `None` for no tag.
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
