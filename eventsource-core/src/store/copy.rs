//! Copying one store into another.

use std::collections::HashSet;

use super::commit::{Commit, Expect};
use super::error::ReadError;
use super::event_log::EventLog;
use super::imported::{ImportError, Imported};
use super::pages::Pages;
use super::query::Query;
use super::read_log::ReadLog;
use super::receipt::Receipt;
use super::stored_event::StoredEvent;
use super::stream_store::StreamStore;

/// Copies every commit of one store into another, with their ids and times, and returns the number of new
/// commits. The other store compares each commit with its digest. A copy that was interrupted can be started
/// again; so can a copy that ended where a replaced [leader](super::LatestReads::Leader) ends, and it copies the
/// rest.
///
/// Different histories are not merged: if the other store has commits of its own in a stream, the copy fails
/// with a conflict.
///
/// The other store assigns its own positions, so checkpoints cannot be copied.
///
/// ```
/// use eventsource_core::MemoryStore;
/// use eventsource_core::store::copy;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (from, to) = (MemoryStore::new(), MemoryStore::new());
/// assert_eq!(copy(&from, &to).await?, 0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`CopyError`]. The commits that were copied before it remain.
#[doc(alias("migration", "replication"))]
pub async fn copy(from: &dyn EventLog, to: &dyn StreamStore) -> Result<u64, CopyError> {
    let mut copied = 0;
    let mut pages = Pages::new(from, ReadLog::new(Query::all()));
    while let Some(page) = pages.next().await? {
        let events: Vec<_> = page.events().collect();
        let commits = events
            .chunk_by(|a, b| a.commit == b.commit)
            .map(to_import)
            .collect::<Result<_, _>>()?;
        let imported = to.import(commits).await;
        let receipts: &[Receipt] = match &imported {
            Ok(receipts) => receipts,
            Err(error) => &error.stored,
        };
        copied += receipts.iter().filter(|receipt| !receipt.repeated).count() as u64;
        imported.map_err(|source| CopyError::Import { copied, source })?;
    }
    Ok(copied)
}

/// The commit of these events. It expects its streams at the same versions as in the source, so that a
/// store with another history refuses it.
fn to_import(events: &[StoredEvent<'_>]) -> Result<Imported, ReadError> {
    let header = events[0].commit;
    let new = events.iter().map(StoredEvent::to_new_event);
    let mut commit = Commit::new(header.id, new.collect());
    let mut streams = HashSet::new();
    let first = events.iter().filter(|event| streams.insert(event.stream));
    commit.expectations = first
        .map(|first| Expect::AtVersion {
            stream: first.stream.clone(),
            version: first.version - 1,
        })
        .collect();
    let commit = commit.metadata(header.try_metadata()?.clone());
    Ok(Imported::new(commit, header.recorded_at).digest(header.digest))
}

/// The error of a copy.
///
/// ```
/// use eventsource_core::store::{CopyError, StoreError, StoreErrorKind};
/// use eventsource_core::{ErrorClass, ReadError};
///
/// /// Whether the copy may succeed if it is run again.
/// fn is_transient(error: &CopyError) -> bool {
///     match error {
///         CopyError::Read(error) => error.class() == ErrorClass::Transient,
///         CopyError::Import { source, .. } => source.class() == ErrorClass::Transient,
///         _ => false,
///     }
/// }
///
/// let busy = StoreError::new(StoreErrorKind::Busy, "the file is locked");
/// assert!(is_transient(&CopyError::Read(ReadError::Store(busy))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source could not be read.
    #[error("the store to copy cannot be read")]
    Read(#[from] ReadError),
    /// The other store did not store a commit.
    #[error("the copy cannot be written; {copied} commits were copied")]
    Import {
        /// The number of new commits that were copied.
        copied: u64,
        /// The reason.
        source: ImportError,
    },
}
