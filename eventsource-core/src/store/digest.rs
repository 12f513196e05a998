//! Digests of commits.

use std::fmt;

/// The SHA-256 of a commit's events and metadata, with the encoding in which they were hashed. The id and the
/// expectations of the commit are not part of it.
///
/// A store has it beside the commit: the same commit id with another digest is another commit, and a stored
/// commit whose digest does not match was changed. Digests in different encodings are never equal.
/// [`Digest::is_of`] compares a commit in the encoding of the digest.
///
/// ```
/// use eventsource_core::store::{Commit, Digest, DigestEncoding, NewEvent};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::{Codec, StreamId};
///
/// let cart = StreamId::new("cart", Uuid::nil());
/// let opened = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::nil(), vec![opened.clone()]);
/// let digest = commit.digest();
/// assert_eq!(digest.encoding(), DigestEncoding::Tree);
/// assert!(digest.is_of(&commit));
/// // The hashes of the events are enough to compute it.
/// assert_eq!(digest, Digest::of_hashes(&[opened.content_hash()], &commit.metadata));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    encoding: DigestEncoding,
    bytes: [u8; 32],
}

/// The way in which the content of a commit is hashed. Stores have its number beside the digest.
///
/// ```
/// use eventsource_core::store::DigestEncoding;
///
/// assert_eq!(DigestEncoding::from_number(2), Some(DigestEncoding::Tree));
/// assert_eq!(DigestEncoding::Flat.number(), 1);
/// assert_eq!(DigestEncoding::from_number(3), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestEncoding {
    /// Number 1: one hash over the whole commit. No store writes it any more.
    Flat,
    /// Number 2: a tree of hashes of payloads, events and the commit, so that an event or a payload can be
    /// proved, or replaced by its hash, without the others.
    Tree,
}

impl DigestEncoding {
    /// The number of the encoding in stores.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Flat => 1,
            Self::Tree => 2,
        }
    }

    /// The encoding with this number; `None` if this version does not know it.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Flat),
            2 => Some(Self::Tree),
            _ => None,
        }
    }
}

impl Digest {
    /// The digest with these stored bytes.
    #[must_use]
    pub const fn from_bytes(encoding: DigestEncoding, bytes: [u8; 32]) -> Self {
        Self { encoding, bytes }
    }

    /// The encoding in which the commit was hashed.
    #[must_use]
    pub const fn encoding(&self) -> DigestEncoding {
        self.encoding
    }

    /// The SHA-256.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

/// Writes the number of the encoding, a colon, and the hash in hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.encoding.number())?;
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
