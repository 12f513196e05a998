//! The builder of keys.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::Key;
use super::bytes::KeyBuffer;
use super::encoding::{Part, Parts, is_shortened, write_integer, write_shortened, write_text};
use crate::store::Limits;
use crate::values::text_prefix;

/// The number of bytes of the first parts in a shortened key.
const PREFIX: usize = 256;

/// Collects the parts of a [`Key`]; filled by [`ToKey`](super::ToKey).
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::projection::{KeyBuilder, ToKey};
///
/// struct Week {
///     year: i32,
///     week: u8,
/// }
///
/// impl ToKey for Week {
///     fn add_to(&self, key: &mut KeyBuilder) {
///         key.integer(self.year.into());
///         key.integer(self.week.into());
///     }
/// }
///
/// assert_eq!(Key::of(&Week { year: 2017, week: 3 }), Key::of(&(2017, 3)));
/// ```
#[derive(Default)]
pub struct KeyBuilder {
    bytes: KeyBuffer,
    /// Whether a shortened key is among the parts, and not alone.
    has_shortened: bool,
}

impl KeyBuilder {
    /// Adds an integer.
    pub fn integer(&mut self, integer: i64) {
        self.has_shortened |= is_shortened(self.bytes.as_slice());
        write_integer(&mut self.bytes, integer);
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.has_shortened |= is_shortened(self.bytes.as_slice());
        write_text(&mut self.bytes, text);
    }

    /// Adds all parts of a key.
    pub fn key(&mut self, key: &Key) {
        let both = !self.bytes.is_empty() && !key.is_empty();
        self.has_shortened |= both && (key.is_shortened() || is_shortened(self.bytes.as_slice()));
        self.bytes.push(key.as_bytes());
    }

    /// The key of these parts, shortened if it is too long.
    pub(crate) fn finish(self) -> Key {
        if self.bytes.len() > Limits::DEFAULT.key_bytes || self.has_shortened {
            return Key(shortened(self.bytes.as_slice()).finish());
        }
        Key(self.bytes.finish())
    }
}

/// The hash of all bytes, and the first parts, by which people recognise the key.
fn shortened(bytes: &[u8]) -> KeyBuffer {
    let mut key = KeyBuffer::default();
    write_shortened(&mut key, Sha256::digest(bytes).into());
    for part in Parts::of(bytes) {
        let mut next = KeyBuffer::default();
        match part {
            Part::Integer(integer) => write_integer(&mut next, integer),
            Part::Text(text) => write_text(&mut next, text_prefix(&text, PREFIX)),
        }
        if key.len() + next.len() > PREFIX + 64 {
            break;
        }
        key.push(next.as_slice());
    }
    key
}

/// Shows the length of the key, and no data.
impl fmt::Debug for KeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBuilder")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
