//! A commit that was checked, before the decision on it.

use super::group_commit::RequestSize;
use crate::store::{AppendError, Commit, CommitTime, Digest, Imported, Limits};

/// A commit that is not stored yet, with everything that is known before the transaction: it keeps the
/// limits, and has a digest and a time.
///
/// ```
/// use eventsource_core::engine::NewCommit;
/// use eventsource_core::store::{Commit, CommitTime, Limits};
/// use eventsource_core::{AppendError, Timestamp, uuid::Uuid};
///
/// let empty = Commit::new(Uuid::nil(), Vec::new());
/// let now = CommitTime::clock(Timestamp::from_micros(1));
/// let refused = NewCommit::new(empty, now, &Limits::DEFAULT);
/// assert!(matches!(refused, Err(AppendError::Invalid { .. })));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewCommit {
    /// The commit.
    pub commit: Commit,
    /// The digest of its content, which is stored beside it.
    pub digest: Digest,
    /// The time of the clock, or that of the store that it is imported from.
    pub time: CommitTime,
}

impl NewCommit {
    /// A commit that is appended.
    ///
    /// # Errors
    ///
    /// See [`Limits::check`].
    pub fn new(commit: Commit, time: CommitTime, limits: &Limits) -> Result<Self, AppendError> {
        limits.check(&commit)?;
        Ok(Self::checked(commit, time))
    }

    /// A commit that is imported.
    ///
    /// # Errors
    ///
    /// See [`Imported::check`].
    pub fn imported(imported: Imported, limits: &Limits) -> Result<Self, AppendError> {
        imported.check(limits)?;
        let time = CommitTime::imported(imported.recorded_at);
        Ok(Self::checked(imported.commit, time))
    }

    /// The size of the commit, for a [`Request`](super::group_commit::Request).
    #[must_use]
    pub fn size(&self) -> RequestSize {
        let events = &self.commit.events;
        RequestSize {
            items: events.len(),
            bytes: events.iter().map(|event| event.payload.len()).sum(),
        }
    }

    fn checked(commit: Commit, time: CommitTime) -> Self {
        let digest = commit.digest();
        Self {
            commit,
            digest,
            time,
        }
    }
}
