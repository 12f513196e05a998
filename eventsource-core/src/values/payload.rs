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
        PayloadDebug(&self.0).fmt(f)
    }
}

/// The bytes of a payload, whose `Debug` is that of [`Payload`].
pub(crate) struct PayloadDebug<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for PayloadDebug<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = Sha256::digest(self.0);
        let start = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
        write!(f, "Payload({} bytes, sha256 {start:08x})", self.0.len())
    }
}
