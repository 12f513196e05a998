//! What a snapshot's fingerprint is made of.

use sha2::{Digest as _, Sha256};

use super::{ShapeError, SnapshotPolicy};
use crate::aggregate::Aggregate;
use crate::event::EventSet;
use crate::store::Fingerprint;

impl Fingerprint {
    /// Of the snapshots that this program takes of `A`.
    ///
    /// # Errors
    ///
    /// [`ShapeError`], where the shape of the state cannot be found out.
    pub fn of<A: Aggregate>(snapshots: &SnapshotPolicy<A>) -> Result<Self, ShapeError> {
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
        Ok(Self::from_bytes(Sha256::digest(text.join("\n")).into()))
    }
}
