//! The key of a row.

mod builder;
mod bytes;
mod encoding;
mod error;
mod into_keys;
#[cfg(test)]
mod tests;
mod to_key;

use std::borrow::Cow;
use std::fmt;

pub use builder::KeyBuilder;
use bytes::KeyBytes;
use encoding::{Part, Parts};
pub use error::KeyError;
pub use into_keys::IntoKeys;
pub use to_key::ToKey;

/// The key of a row: one or several parts, each an integer or a text.
///
/// The bytes of a key have the order of keys: part by part, integers before texts, integers by value,
/// texts by their UTF-8 bytes. A store uses [`as_bytes`](Self::as_bytes) as its primary key and compares
/// nothing else.
///
/// | bytes | meaning |
/// |---|---|
/// | `0x01`, 8 bytes | an integer: big-endian, with the sign bit flipped |
/// | `0x02`, text, `0x00 0x00` | a text; each `0x00` in it is written as `0x00 0xff` |
/// | `0x03`, 32 bytes, parts | a shortened key, at the start only |
///
/// A key has at most [`Limits::key_bytes`](crate::store::Limits::key_bytes) bytes. A value that needs
/// more makes a [shortened](Self::is_shortened) key: the SHA-256 of all its bytes, then its first parts,
/// the last of which may be cut. No row is stored under a shortened key; its events are parked under it.
///
/// Keys can be personal data, so `Debug` and `Display` show only the kinds of the parts. Read the
/// parts with [`parts`](Self::parts), [`text`](Self::text) and [`integer`](Self::integer).
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::projection::KeyPart;
///
/// let key = Key::of(&("tea", 2017));
/// assert_eq!(key.parts()[0], KeyPart::Text("tea".into()));
/// assert_eq!((key.text(0).as_deref(), key.integer(1)), (Some("tea"), Some(2017)));
/// assert!(key < Key::of(&("tea", 2018)));
/// assert_eq!(key.to_string(), "Key(text, integer)");
/// assert_eq!(Key::from_bytes(key.as_bytes())?, key);
/// # Ok::<(), eventsource_core::projection::KeyError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(KeyBytes);

/// A part of a key. `Debug` shows its kind only.
///
/// ```
/// use eventsource_core::projection::KeyPart;
///
/// assert!(KeyPart::Integer(7) < KeyPart::Text(String::new()));
/// assert_eq!(format!("{:?}", KeyPart::Text("ann@example.org".into())), "text");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the bytes of stored keys have these two kinds, and a store has to keep each of them"
)]
pub enum KeyPart {
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
}

impl Key {
    /// The key of this value.
    pub fn of<K: ToKey + ?Sized>(value: &K) -> Self {
        let mut key = KeyBuilder::default();
        value.add_to(&mut key);
        key.finish()
    }

    /// The key of these parts.
    ///
    /// ```
    /// use eventsource_core::Key;
    /// use eventsource_core::projection::KeyPart;
    ///
    /// assert_eq!(Key::from_parts([KeyPart::Text("tea".into())]), Key::of("tea"));
    /// ```
    #[must_use]
    pub fn from_parts(parts: impl IntoIterator<Item = KeyPart>) -> Self {
        let mut key = KeyBuilder::default();
        for part in parts {
            match part {
                KeyPart::Integer(integer) => key.integer(integer),
                KeyPart::Text(text) => key.text(&text),
            }
        }
        key.finish()
    }

    /// The key of these bytes, which [`as_bytes`](Self::as_bytes) returned.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if no key has these bytes.
    ///
    /// ```
    /// use eventsource_core::Key;
    ///
    /// assert!(Key::from_bytes(&[0x02, b't', b'e', b'a']).is_err());
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        encoding::check(bytes)?;
        Ok(Self(bytes.into()))
    }

    /// The bytes of the key, in the order of keys.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Whether this key stands for a value with more bytes than a key can have. Its parts are the first
    /// ones of the value, by which people recognise it.
    ///
    /// ```
    /// use eventsource_core::Key;
    ///
    /// let key = Key::of(&"x".repeat(2_000));
    /// assert!(key.is_shortened() && !Key::of("x").is_shortened());
    /// assert!(key.text(0).is_some_and(|text| text.starts_with("xxx")));
    /// assert_ne!(key, Key::of(&"x".repeat(2_001)));
    /// ```
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        encoding::is_shortened(self.as_bytes())
    }

    /// The parts, in order, as copies. Those of a [shortened](Self::is_shortened) key are the first
    /// ones.
    #[must_use]
    pub fn parts(&self) -> Vec<KeyPart> {
        self.iter().map(Into::into).collect()
    }

    /// The number of parts.
    ///
    /// ```
    /// assert_eq!(eventsource_core::Key::of(&("tea", 2017)).len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the key has no part.
    ///
    /// ```
    /// assert!(eventsource_core::Key::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The part at this index, if it is a text. It is borrowed unless it has a NUL.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        match self.iter().nth(index) {
            Some(Part::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The part at this index, if it is an integer.
    #[must_use]
    pub fn integer(&self, index: usize) -> Option<i64> {
        match self.iter().nth(index) {
            Some(Part::Integer(integer)) => Some(integer),
            _ => None,
        }
    }

    fn iter(&self) -> impl Iterator<Item = Part<'_>> {
        Parts::of(self.as_bytes())
    }
}

/// Shows the kinds of the parts, and no data.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_shortened() {
            return f.write_str("Key(shortened)");
        }
        f.write_str("Key(")?;
        for (index, part) in self.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            write!(f, "{separator}{}", part.kind())?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
        })
    }
}
