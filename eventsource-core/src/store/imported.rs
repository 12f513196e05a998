//! Commits of another store, on their way into this one.

use uuid::Uuid;

use super::commit::Commit;
use super::digest::Digest;
use super::error::{AppendError, ErrorClass};
use super::limits::Limits;
use super::receipt::Receipt;
use crate::values::Timestamp;

/// A commit of another store, to be stored as it is with its id and its time.
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
    /// When the other store recorded it.
    pub recorded_at: Timestamp,
    /// The digest that the other store has of it, with which it is compared on arrival.
    pub digest: Option<Digest>,
}

impl Imported {
    /// A commit that another store recorded at this time.
    #[must_use]
    pub fn new(commit: Commit, recorded_at: Timestamp) -> Self {
        Self {
            commit,
            recorded_at,
            digest: None,
        }
    }

    /// Sets the digest that the other store has of the commit.
    #[must_use]
    pub fn digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// Whether the commit keeps the limits and is what its digest says: what every store asks first.
    ///
    /// # Errors
    ///
    /// As [`Limits::check`], and [`AppendError::OtherDigest`].
    pub fn check(&self, limits: &Limits) -> Result<(), AppendError> {
        limits.check(&self.commit)?;
        match self.digest {
            Some(digest) if !digest.is_of(&self.commit) => Err(AppendError::OtherDigest {
                commit_id: self.commit.id,
            }),
            _ => Ok(()),
        }
    }
}

/// The reason why an import ended before its last commit. The commits before the one that failed are
/// stored, and those behind it are not.
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
    /// The commit behind them, which is not stored. After [`AppendError::OutcomeUnknown`] it may be, and those
    /// behind it too: the same import again tells.
    pub commit_id: Uuid,
    /// The reason.
    pub source: AppendError,
}

impl ImportError {
    /// The error of a store that stored a part of an import.
    #[must_use]
    pub fn new(stored: Vec<Receipt>, commit_id: Uuid, source: AppendError) -> Self {
        Self {
            stored: stored.into(),
            commit_id,
            source,
        }
    }

    /// The class of the reason.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.source.class()
    }
}
