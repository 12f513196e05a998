//! Payloads.

use std::fmt;
use std::ops::Deref;

use sha2::{Digest as _, Sha256};

/// The bytes of an event. `Debug` prints their number and the start of their SHA-256, never the content.
///
/// ```
/// use eventsource_core::values::Payload;
///
/// let payload = Payload::from(b"{}".to_vec());
/// assert_eq!(format!("{payload:?}"), "Payload(2 bytes, sha256 44136fa3)");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// Returns the bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, &self.0)
    }
}

/// Writes bytes as `Payload(2 bytes, sha256 44136fa3)`.
pub(crate) fn describe(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let hash = Sha256::digest(bytes);
    let start = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    write!(f, "Payload({} bytes, sha256 {start:08x})", bytes.len())
}
