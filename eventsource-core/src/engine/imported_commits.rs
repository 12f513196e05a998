//! The commits of an import.

use std::vec::IntoIter;

use uuid::Uuid;

use super::new_commit::NewCommit;
use crate::store::{AppendError, ImportError, Imported, Limits, Receipt};

/// The commits of an import, up to the first that is refused. An import stores those before it, and reports
/// the refusal.
///
/// ```
/// use eventsource_core::engine::ImportedCommits;
/// use eventsource_core::store::{Commit, Imported, Limits, NewEvent};
/// use eventsource_core::{AppendError, Codec, StreamId, Timestamp, uuid::Uuid};
///
/// let stream = StreamId::new("cart", Uuid::nil());
/// let opened = NewEvent::new(stream, "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// let commits = [vec![opened.clone()], Vec::new(), vec![opened]];
/// let commits = (1..).map(Uuid::from_u128).zip(commits);
/// let commits = commits.map(|(id, events)| Imported::new(Commit::new(id, events), Timestamp::default()));
///
/// let mut commits = ImportedCommits::new(commits.collect(), &Limits::DEFAULT);
/// assert_eq!(commits.by_ref().count(), 1); // here the store stores them
/// let receipts = Vec::new(); // those of the stored commits
/// let error = commits.finish(receipts).unwrap_err();
/// assert_eq!(error.commit_id, Uuid::from_u128(2));
/// assert!(matches!(error.source, AppendError::Invalid { .. }));
/// ```
#[derive(Debug)]
pub struct ImportedCommits {
    commits: IntoIter<Imported>,
    limits: Limits,
    refused: Option<(Uuid, AppendError)>,
}

impl ImportedCommits {
    /// The commits of an import into a store with these limits. Each is checked when it is taken.
    #[must_use]
    pub fn new(commits: Vec<Imported>, limits: &Limits) -> Self {
        Self {
            commits: commits.into_iter(),
            limits: *limits,
            refused: None,
        }
    }

    /// Ends the import before this commit, which the store does not store.
    pub fn refuse(&mut self, commit_id: Uuid, error: AppendError) {
        self.refused.get_or_insert((commit_id, error));
    }

    /// The answer to the caller, with the receipts of the commits that are stored.
    ///
    /// # Errors
    ///
    /// A commit was refused.
    pub fn finish(self, stored: Vec<Receipt>) -> Result<Vec<Receipt>, ImportError> {
        match self.refused {
            Some((id, error)) => Err(ImportError::new(stored, id, error)),
            None => Ok(stored),
        }
    }
}

impl Iterator for ImportedCommits {
    type Item = NewCommit;

    fn next(&mut self) -> Option<NewCommit> {
        if self.refused.is_some() {
            return None;
        }
        let imported = self.commits.next()?;
        let id = imported.commit.id;
        let new = NewCommit::imported(imported, &self.limits);
        new.map_err(|error| self.refuse(id, error)).ok()
    }
}
