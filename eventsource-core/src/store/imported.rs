//! Commits that are imported from another store.

use uuid::Uuid;

use super::commit::Commit;
use super::digest::Digest;
use super::error::{AppendError, ErrorClass};
use super::limits::Limits;
use super::receipt::Receipt;
use crate::values::Timestamp;

/// A commit of another store, to be stored unchanged, with its id and its time.
///
/// ```
/// # use eventsource_core::{Codec, MemoryStore, StreamId, StreamStore, Timestamp};
/// # use eventsource_core::store::{Commit, Imported, NewEvent};
/// # use eventsource_core::uuid::Uuid;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let cart = StreamId::new("cart", Uuid::now_v7());
/// # let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// # let commit = Commit::new(Uuid::now_v7(), vec![opened]);
/// let then = Timestamp::from_micros(1_000_000);
/// let digest = commit.digest(); // as the other store has it
/// let imported = Imported::new(commit, then).digest(digest);
/// let receipts = MemoryStore::new().import(vec![imported]).await?;
/// assert_eq!(receipts[0].recorded_at, then);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The commit.
    pub commit: Commit,
    /// The time at which the other store recorded it.
    pub recorded_at: Timestamp,
    /// The digest in the other store, with which the commit is compared.
    pub expected_digest: Option<Digest>,
}

impl Imported {
    /// Creates a commit that another store recorded at this time.
    #[must_use]
    pub fn new(commit: Commit, recorded_at: Timestamp) -> Self {
        Self {
            commit,
            recorded_at,
            expected_digest: None,
        }
    }

    /// Sets the digest in the other store.
    #[must_use]
    pub fn digest(mut self, digest: Digest) -> Self {
        self.expected_digest = Some(digest);
        self
    }

    /// Checks the limits and the digest. Every store does this first.
    ///
    /// # Errors
    ///
    /// The errors of [`Limits::check`], and [`AppendError::OtherDigest`].
    pub fn check(&self, limits: &Limits) -> Result<(), AppendError> {
        limits.check(&self.commit)?;
        match self.expected_digest {
            Some(digest) if !digest.is_of(&self.commit) => Err(AppendError::OtherDigest {
                commit_id: self.commit.id,
            }),
            _ => Ok(()),
        }
    }
}

/// The error of an import that ended before its last commit. The commits before the failed one are stored,
/// and those behind it are not.
///
/// ```
/// # use eventsource_core::{Codec, MemoryStore, StreamId, StreamStore, Timestamp};
/// # use eventsource_core::store::{Commit, Imported, NewEvent};
/// # use eventsource_core::uuid::Uuid;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let cart = StreamId::new("cart", Uuid::now_v7());
/// # let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// # let commit = || Commit::new(Uuid::now_v7(), vec![opened.clone()]);
/// # let at = Timestamp::from_micros;
/// let (late, early) = (commit(), commit()); // of one stream
/// let commits = vec![Imported::new(late, at(2)), Imported::new(early.clone(), at(1))];
/// let error = MemoryStore::new().import(commits).await.unwrap_err();
/// assert_eq!((error.stored.len(), error.commit_id), (1, early.id));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("commit {commit_id} was not imported; the {} before it are stored", stored.len())]
#[non_exhaustive]
pub struct ImportError {
    /// The receipts of the commits that are stored, in the order of the import.
    pub stored: Box<[Receipt]>,
    /// The commit behind them, which is not stored. After [`AppendError::OutcomeUnknown`] it may be stored, and
    /// those behind it too; run the same import again.
    pub commit_id: Uuid,
    /// The reason.
    pub source: AppendError,
}

impl ImportError {
    /// Creates the error of an import of which these commits are stored.
    #[must_use]
    pub fn new(stored: Vec<Receipt>, commit_id: Uuid, source: AppendError) -> Self {
        Self {
            stored: stored.into(),
            commit_id,
            source,
        }
    }

    /// The class of the error.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.source.class()
    }
}
