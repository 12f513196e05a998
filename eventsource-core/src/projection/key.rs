//! Under which key a row is kept.

use std::fmt;

use uuid::Uuid;

use crate::values::{Id, StreamId};

/// The key of a row: one or several parts, each an integer or a text. Rows are ordered by it, part
/// by part; integers come before texts, texts go by their bytes.
///
/// Keys can be people's data, so neither `Debug` nor `Display` shows more than of what kind the parts
/// are. The parts themselves are had from [`parts`](Self::parts), [`text`](Self::text) and
/// [`integer`](Self::integer).
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::projection::KeyPart;
///
/// let key = Key::of(&("tea", 2017));
/// assert_eq!(key.parts()[0], KeyPart::Text("tea".into()));
/// assert_eq!((key.text(0), key.integer(1)), (Some("tea"), Some(2017)));
/// assert!(key < Key::of(&("tea", 2018)));
/// assert_eq!(key.to_string(), "Key(text, integer)");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<KeyPart>);

/// A part of a key; as little of it is shown as of the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store has to keep each of them")]
pub enum KeyPart {
    /// A number.
    Integer(i64),
    /// A text.
    Text(String),
}

impl Key {
    /// The key that this value makes.
    pub fn of<K: ToKey + ?Sized>(value: &K) -> Self {
        let mut key = Self::default();
        value.add_to(&mut key);
        key
    }

    /// The key of these parts.
    #[must_use]
    pub fn from_parts(parts: Vec<KeyPart>) -> Self {
        Self(parts)
    }

    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[KeyPart] {
        &self.0
    }

    /// The part at this index, if it is a text.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<&str> {
        match self.0.get(index) {
            Some(KeyPart::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The part at this index, if it is an integer.
    #[must_use]
    pub fn integer(&self, index: usize) -> Option<i64> {
        match self.0.get(index) {
            Some(KeyPart::Integer(integer)) => Some(*integer),
            _ => None,
        }
    }

    /// Adds a part behind the others.
    pub fn push(&mut self, part: KeyPart) {
        self.0.push(part);
    }
}

/// Of what kind its parts are, and nothing of them.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            fmt::Debug::fmt(part, f)?;
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

/// What can be a key, or a part of one: texts, integers up to 64 bits that SQL knows (`u64` is not
/// one), UUIDs, ids of aggregates, and tuples of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a row",
    label = "not a text, an integer up to `i64`, a UUID, an `Id`, or a tuple of these",
    note = "make one of it: `key = Self::key`, a function of the event that returns the key"
)]
pub trait ToKey {
    /// Adds its parts to a key.
    fn add_to(&self, key: &mut Key);
}

macro_rules! integer_keys {
    ($($integer:ty)*) => {$(
        impl ToKey for $integer {
            fn add_to(&self, key: &mut Key) {
                key.push(KeyPart::Integer(i64::from(*self)));
            }
        }
    )*};
}

integer_keys!(bool i8 i16 i32 i64 u8 u16 u32);

impl ToKey for str {
    fn add_to(&self, key: &mut Key) {
        key.push(KeyPart::Text(self.to_owned()));
    }
}

impl ToKey for String {
    fn add_to(&self, key: &mut Key) {
        self.as_str().add_to(key);
    }
}

impl ToKey for Uuid {
    fn add_to(&self, key: &mut Key) {
        key.push(KeyPart::Text(self.to_string()));
    }
}

impl<A> ToKey for Id<A> {
    fn add_to(&self, key: &mut Key) {
        self.uuid().add_to(key);
    }
}

/// Its tenant, its category and its root id: under which a reactor parks it.
impl ToKey for StreamId {
    fn add_to(&self, key: &mut Key) {
        (self.tenant(), self.category(), self.root_id()).add_to(key);
    }
}

impl ToKey for Key {
    fn add_to(&self, key: &mut Key) {
        key.0.extend_from_slice(&self.0);
    }
}

impl<K: ToKey + ?Sized> ToKey for &K {
    fn add_to(&self, key: &mut Key) {
        (**self).add_to(key);
    }
}

macro_rules! tuple_keys {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<$($name: ToKey),*> ToKey for ($($name,)*) {
            fn add_to(&self, key: &mut Key) {
                $(self.$index.add_to(key);)*
            }
        }
    )*};
}

tuple_keys! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}

/// What a function for keys may return: a key, or any number of keys in an `Option`, an array or a
/// `Vec`. A key that is given twice counts once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a key nor several keys",
    label = "neither a text, an integer up to `i64`, a UUID, an `Id`, a tuple of these, nor an `Option`, an array or a `Vec` of keys"
)]
pub trait IntoKeys {
    /// The keys.
    fn into_keys(self) -> Vec<Key>;
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for K {
    fn into_keys(self) -> Vec<Key> {
        vec![Key::of(&self)]
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for Option<K> {
    fn into_keys(self) -> Vec<Key> {
        all(self)
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for Vec<K> {
    fn into_keys(self) -> Vec<Key> {
        all(self)
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey, const N: usize> IntoKeys for [K; N] {
    fn into_keys(self) -> Vec<Key> {
        all(self)
    }
}

fn all<K: ToKey>(values: impl IntoIterator<Item = K>) -> Vec<Key> {
    let mut keys: Vec<Key> = values.into_iter().map(|value| Key::of(&value)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
