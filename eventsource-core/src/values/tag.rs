//! By which events of many streams can be asked for.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::id::Id;

/// A value of an event by which events of many streams can be asked for: `student:ann`.
///
/// Tags are stored as plain text beside the payload, so they are no place for personal data.
///
/// ```
/// use eventsource_core::Tag;
///
/// let tag = Tag::new("student", "ann");
/// assert_eq!(tag.as_str(), "student:ann");
/// assert_eq!((tag.key(), tag.value()), ("student", "ann"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    text: Box<str>,
    /// How many bytes of the text are the key. It ends at the first `:`, unless the key is invalid.
    key: usize,
}

impl Tag {
    /// The tag `key:value`. A key that contains `:` is invalid: a store refuses to append an event
    /// with such a tag, and to be asked for it. [`try_new`](Self::try_new) tells at once.
    #[must_use]
    pub fn new(key: &str, value: impl fmt::Display) -> Self {
        Self {
            text: format!("{key}:{value}").into(),
            key: key.len(),
        }
    }

    /// The tag `key:value`, where the key may be invalid: one that is not written in the program.
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
    /// [`TagKeyError`], where the key contains `:`.
    pub fn try_new(key: &str, value: impl fmt::Display) -> Result<Self, TagKeyError> {
        let tag = Self::new(key, value);
        tag.check()?;
        Ok(tag)
    }

    /// The tag that a store kept as this text.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self {
            text: text.into(),
            key: text.find(':').unwrap_or(text.len()),
        }
    }

    /// Whether the key is valid.
    ///
    /// # Errors
    ///
    /// [`TagKeyError`], where it contains `:`.
    pub fn check(&self) -> Result<(), TagKeyError> {
        if self.key().contains(':') {
            let key = self.key().to_owned();
            return Err(TagKeyError { key });
        }
        Ok(())
    }

    /// `key:value`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `:`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.text[..self.key]
    }

    /// What stands behind the `:`.
    #[must_use]
    pub fn value(&self) -> &str {
        self.text.get(self.key + 1..).unwrap_or_default()
    }
}

impl Tag {
    /// A hash of the tag for indexes of stores: the first eight bytes, in big-endian order, of the
    /// SHA-256 of [`Tag::as_str`]. It never changes. Two tags can have the same one, so a store has to
    /// compare a match with the tags of its event.
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

/// The key of a tag contains `:`, so that it could not be told from a value that does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tag is stored as `key:value`, so its key cannot contain ':': {key:?}")]
pub struct TagKeyError {
    key: String,
}

/// A type whose values can be tags of an event: what a field under `#[event(tag)]` has to be.
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
