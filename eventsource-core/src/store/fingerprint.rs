//! Fingerprints of snapshots.

use std::fmt;

/// A hash of everything that a snapshot depends on: the category, the shape of the state, the policy's
/// version, the format, and the names and versions of the aggregate's events, with their aliases and the
/// ignored names.
///
/// Snapshots are stored by fingerprint, so two programs that are deployed at the same time do not replace
/// each other's snapshots.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint with these stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(")?;
        self.0[..8]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("..)")
    }
}
