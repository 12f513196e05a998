//! The content of a commit, as 32 bytes.

use std::fmt;

/// The SHA-256 of a commit's events and metadata, and in which encoding they were hashed. The id and
/// the expectations of the commit are not part of it.
///
/// A store keeps it beside the commit: the same commit id with another digest is another commit, and
/// stored bytes that no longer have their digest were changed. Digests in different encodings are
/// never equal; [`Digest::is_of`] compares a commit in the encoding that the digest was made in.
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
/// // It can be made again of the hashes of the events alone.
/// assert_eq!(digest, Digest::of_hashes(&[opened.content_hash()], &commit.metadata));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    encoding: DigestEncoding,
    bytes: [u8; 32],
}

/// In which way the content of a commit is hashed. Stores keep its number beside the digest.
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
    /// Number 1: one hash over everything. No store writes it any more.
    Flat,
    /// Number 2: the hash of each payload is in the hash of its event, and the hashes of the events
    /// are in that of the commit, so that an event can be shown, or replaced by its hash, without the
    /// others.
    Tree,
}

impl DigestEncoding {
    /// The number that stands for it where digests are stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Flat => 1,
            Self::Tree => 2,
        }
    }

    /// The encoding of this number; `None` of one that this version does not know.
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
    /// A digest as a store kept it.
    #[must_use]
    pub const fn from_bytes(encoding: DigestEncoding, bytes: [u8; 32]) -> Self {
        Self { encoding, bytes }
    }

    /// In which encoding the commit was hashed.
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

/// The number of the encoding, a colon, and the hash in hexadecimal digits.
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
