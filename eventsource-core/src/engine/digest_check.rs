//! The check of commits against their digests.

use super::damage::Damage;
use crate::store::{Commit, Page, StoredEvent};

/// Compares each commit of a page of all events with the digest that was computed when it was stored.
///
/// [Example](crate::engine#example).
///
/// # Errors
///
/// [`Damage::OtherDigest`] with the first commit that differs.
pub fn check_digests(page: &Page) -> Result<(), Damage> {
    let events: Vec<_> = page.events().collect();
    let mut commits = events.chunk_by(|one, next| one.commit == next.commit);
    commits.try_for_each(check_digest)
}

fn check_digest(events: &[StoredEvent<'_>]) -> Result<(), Damage> {
    let header = events[0].commit;
    let content = events.iter().map(StoredEvent::to_new_event).collect();
    let has_all = events.len() == header.events as usize;
    let is_same = header.try_metadata().is_ok_and(|metadata| {
        let commit = Commit::new(header.id, content).metadata(metadata.clone());
        header.digest.is_of(&commit)
    });
    if has_all && is_same {
        return Ok(());
    }
    let first = header.first;
    Err(Damage::OtherDigest { first })
}
