//! The error of bytes that are no key.

/// The reason why bytes are no [`Key`](super::Key). The text shows nothing of the bytes, which can be
/// personal data.
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::projection::KeyError;
///
/// assert_eq!(Key::from_bytes(&[0x07]), Err(KeyError::Kind { at: 0 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There are more bytes than [`Limits::key_bytes`](crate::store::Limits::key_bytes).
    #[error("a key has at most 1024 bytes, these are {bytes}")]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// A part begins with a byte that is no kind of a part.
    #[error("byte {at} of the key is no kind of a part")]
    Kind {
        /// The index of the byte.
        at: usize,
    },
    /// The bytes end within a part, or within the hash of a shortened key.
    #[error("the key ends within the part at byte {at}")]
    Incomplete {
        /// The index of the first byte of the part.
        at: usize,
    },
    /// A text has a NUL that is not escaped.
    #[error("byte {at} of the key is a NUL that is not escaped")]
    Escape {
        /// The index of the byte.
        at: usize,
    },
    /// A text is not UTF-8.
    #[error("the part at byte {at} of the key is not UTF-8")]
    Utf8 {
        /// The index of the first byte of the part.
        at: usize,
    },
}
