//! The requests of appends to the writer.

use eventsource_core::engine::group_commit::{Request, RequestSize};
use eventsource_core::store::{ImportError, Snapshot, StoreError};
use eventsource_core::{AppendError, Receipt};
use tokio::sync::oneshot;

use super::prepared_commit::PreparedCommit;

/// The receipts of all commits, or of those before the first that could not be stored.
pub(crate) type StoreResult = Result<Vec<Receipt>, ImportError>;

/// Commits to be stored up to the first that cannot be, and a snapshot to be kept beside what others
/// store.
#[derive(Debug)]
pub(crate) struct AppendRequest {
    pub(crate) commits: Vec<PreparedCommit>,
    /// On the heap: few requests have it, and each is moved several times on its way.
    pub(crate) snapshot: Option<Box<Snapshot>>,
    /// The caller gets the commits back: it allocated them, so that it frees them for less.
    pub(crate) reply: oneshot::Sender<(StoreResult, Vec<PreparedCommit>)>,
}

impl AppendRequest {
    /// Whether a commit says that its id is new.
    pub(crate) fn has_new_id(&self) -> bool {
        let mut commits = self.commits.iter();
        commits.any(|prepared| !prepared.commit().may_be_stored)
    }

    /// The answer that nothing is stored.
    pub(crate) fn refusal(&self, error: impl Into<AppendError>) -> StoreResult {
        Err(import_error(&self.commits, Vec::new(), error.into()))
    }

    /// The answer that all of it may be stored, unless there are no commits.
    pub(crate) fn in_doubt(&self, source: StoreError) -> StoreResult {
        match self.commits.first() {
            Some(first) => self.refusal(AppendError::OutcomeUnknown {
                commit_id: first.commit().id,
                source,
            }),
            None => self.refusal(source),
        }
    }
}

/// The error of commits of which those with these receipts are stored. A snapshot has no commit, and
/// nobody sees its id.
pub(super) fn import_error(
    commits: &[PreparedCommit],
    receipts: Vec<Receipt>,
    error: AppendError,
) -> ImportError {
    let refused = commits.get(receipts.len());
    let id = refused.map_or_else(Default::default, |prepared| prepared.commit().id);
    ImportError::new(receipts, id, error)
}

impl Request for AppendRequest {
    type Answer = StoreResult;

    fn size(&self) -> RequestSize {
        let commits = self.commits.iter().map(PreparedCommit::size);
        let snapshot = self.snapshot.iter().map(|snapshot| RequestSize {
            items: 1,
            bytes: snapshot.state.len(),
        });
        commits.chain(snapshot).sum()
    }

    fn answer(self, answer: StoreResult) {
        let _ = self.reply.send((answer, self.commits));
    }
}
