//! Which programs can read a snapshot.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{ShapeError, Snapshots};
use crate::{Aggregate, EventSet};

/// A hash of all that a snapshot depends on: the category, the shape of the state, the policy's
/// version, how the state is written, and the names and versions of the aggregate's events, those
/// that they had before and those that are ignored among them.
///
/// Snapshots are kept by it, so that two programs that are deployed at the same time do not throw
/// away each other's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of the snapshots that this program takes of `A`.
    ///
    /// # Errors
    ///
    /// [`ShapeError`], where the shape of the state cannot be found out.
    pub fn of<A: Aggregate>(snapshots: &Snapshots<A>) -> Result<Self, ShapeError> {
        let events = A::Event::EVENTS.iter();
        let mut events: Vec<_> = events
            .map(|event| format!("{} {}", event.name, event.version))
            .collect();
        // What was ignored, and is an event again, would be missing in a snapshot of before.
        let aliases = A::Event::EVENTS.iter().flat_map(|event| {
            let of = |alias| format!("{alias} was {}", event.name);
            event.aliases.iter().map(of)
        });
        events.extend(aliases);
        events.extend(A::IGNORES.iter().map(|name| format!("{name} is ignored")));
        let text = [
            "json",
            A::CATEGORY,
            &snapshots.version().to_string(),
            &snapshots.shape()?,
            &events.join("\n"),
        ];
        Ok(Self(Sha256::digest(text.join("\n")).into()))
    }

    /// The fingerprint that a store kept as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
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
