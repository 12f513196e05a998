//! The bytes of a key in memory.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The number of bytes that need no allocation. Most keys have fewer, also with a UUID as a text.
const INLINE: usize = 46;
/// The first allocation of a buffer for a longer key.
const LONGER: usize = 4 * INLINE;

/// Few bytes are stored inline and copied; many are shared.
#[derive(Clone)]
pub(super) enum KeyBytes {
    Inline { length: u8, bytes: [u8; INLINE] },
    Shared(Arc<[u8]>),
}

impl KeyBytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for KeyBytes {
    fn from(from: &[u8]) -> Self {
        match u8::try_from(from.len()) {
            Ok(length) if from.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..from.len()].copy_from_slice(from);
                Self::Inline { length, bytes }
            }
            _ => Self::Shared(from.into()),
        }
    }
}

impl Default for KeyBytes {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

// Equality, order and hash are those of the bytes, inline or shared.

impl PartialEq for KeyBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for KeyBytes {}

impl PartialOrd for KeyBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for KeyBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

/// The bytes of a key that is being built.
pub(super) struct KeyBuffer {
    length: usize,
    first: [u8; INLINE],
    /// All bytes, once they are too many for `first`.
    all: Vec<u8>,
}

impl KeyBuffer {
    pub(super) fn as_slice(&self) -> &[u8] {
        if self.length > INLINE {
            &self.all
        } else {
            &self.first[..self.length]
        }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let length = self.length + bytes.len();
        if length <= INLINE {
            self.first[self.length..length].copy_from_slice(bytes);
        } else {
            if self.length <= INLINE {
                self.all.clear();
                self.all.reserve(LONGER.max(length));
                self.all.extend_from_slice(&self.first[..self.length]);
            }
            self.all.extend_from_slice(bytes);
        }
        self.length = length;
    }

    pub(super) fn finish(&self) -> KeyBytes {
        self.as_slice().into()
    }
}

impl Default for KeyBuffer {
    fn default() -> Self {
        Self {
            length: 0,
            first: [0; INLINE],
            all: Vec::new(),
        }
    }
}

/// Shows the number of bytes, and no data.
impl fmt::Debug for KeyBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBuffer")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Covers both sides of the length at which the bytes are shared.
        #[test]
        fn bytes_are_the_same_however_they_are_kept(pieces in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..30), 0..6
        )) {
            let mut buffer = KeyBuffer::default();
            for piece in &pieces {
                buffer.push(piece);
            }
            let all = pieces.concat();
            prop_assert_eq!(buffer.len(), all.len());
            prop_assert_eq!(buffer.as_slice(), &all[..]);
            let kept = buffer.finish();
            prop_assert_eq!(kept.as_slice(), &all[..]);
            prop_assert_eq!(matches!(kept, KeyBytes::Shared(_)), all.len() > INLINE);
            prop_assert!(kept == KeyBytes::Shared(all.into()));
        }
    }
}
