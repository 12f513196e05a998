//! The fingerprint of a program's snapshots.

use sha2::{Digest as _, Sha256};

use super::{ShapeError, SnapshotPolicy};
use crate::aggregate::Aggregate;
use crate::event::EventSet;
use crate::store::Fingerprint;

impl Fingerprint {
    /// The fingerprint of the snapshots that this program takes of `A`.
    ///
    /// # Errors
    ///
    /// [`ShapeError`], if the shape of the state cannot be determined.
    pub fn of<A: Aggregate>(snapshots: &SnapshotPolicy<A>) -> Result<Self, ShapeError> {
        let events = A::Event::EVENTS.iter();
        let mut events: Vec<_> = events
            .map(|event| format!("{} {}", event.name, event.version))
            .collect();
        // If an ignored name becomes an alias of an event, older snapshots lack these events.
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
        Ok(Self::from_bytes(Sha256::digest(text.join("\n")).into()))
    }
}
