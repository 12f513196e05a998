//! Commits on one aggregate that are appended without waiting for each other.

use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

use crate::store::{AppendError, Expect, Receipt, Revision};
use crate::values::StreamId;

/// A chain of commits of this process on one aggregate. Each was decided on the state after the one
/// before it, whether that was durable or not. Once one of them fails, those behind it fail too, and
/// no commit is added to the chain any more.
#[derive(Debug)]
pub(super) struct PendingCommits(watch::Sender<Progress>);

#[derive(Debug)]
struct Progress {
    /// The revision after the last durable commit.
    durable: Revision,
    has_failed: bool,
}

impl PendingCommits {
    /// A chain whose first commit follows a durable revision.
    pub(super) fn after(durable: Revision) -> Arc<Self> {
        let has_failed = false;
        Arc::new(Self(watch::Sender::new(Progress {
            durable,
            has_failed,
        })))
    }

    /// The revision up to which the chain is durable.
    pub(super) fn durable_revision(&self) -> Revision {
        self.0.borrow().durable
    }

    fn has_failed(&self) -> bool {
        self.0.borrow().has_failed
    }

    /// Waits until the chain is durable up to a version, or has failed. Returns whether it is
    /// durable.
    pub(super) async fn wait_until_durable(&self, version: u64) -> bool {
        let is_durable = |progress: &Progress| progress.durable.version() >= version;
        let mut progress = self.0.subscribe();
        let progress = progress.wait_for(|progress| is_durable(progress) || progress.has_failed);
        progress.await.is_ok_and(|progress| is_durable(&progress))
    }

    fn set_durable(&self, revision: Revision) {
        // Commits may be answered in another order than the one they were sent in.
        self.0.send_if_modified(|progress| {
            let is_later = revision.version() > progress.durable.version();
            if is_later {
                progress.durable = revision;
            }
            is_later
        });
    }

    fn fail(&self) {
        self.0.send_modify(|progress| progress.has_failed = true);
    }
}

/// A commit of a chain, durable or not. The next commit is decided on the state after it.
#[derive(Clone, Debug)]
pub(super) struct Tip {
    pub(super) chain: Arc<PendingCommits>,
    /// The version after the commit.
    pub(super) version: u64,
    /// The commit; `None` at the start of the chain.
    pub(super) commit: Option<Uuid>,
}

impl Tip {
    /// The start of a new chain, at a durable revision.
    pub(super) fn durable_at(revision: Revision) -> Self {
        Self {
            chain: PendingCommits::after(revision),
            version: revision.version(),
            commit: None,
        }
    }

    /// The tip after the next commit of the chain.
    pub(super) fn after(&self, commit: Uuid, events: usize) -> Self {
        Self {
            chain: Arc::clone(&self.chain),
            version: self.version + events as u64,
            commit: Some(commit),
        }
    }

    /// The revision after the commit, if it is durable and the last durable one.
    pub(super) fn durable_revision(&self) -> Option<Revision> {
        let durable = self.chain.durable_revision();
        (durable.version() == self.version).then_some(durable)
    }

    /// The revision after the commit. Its position is known only while the commit is the last durable one;
    /// otherwise the position of the last durable commit is used.
    pub(super) fn revision(&self) -> Revision {
        self.durable_revision().unwrap_or_else(|| {
            let position = self.chain.durable_revision().position();
            Revision::new(self.version, position, self.commit.unwrap_or_default())
        })
    }

    /// Returns the tip to decide on next, unless the commit may never be stored. A durable commit of
    /// a failed chain starts a new chain.
    pub(super) fn resume(self) -> Option<Self> {
        if self.chain.has_failed() {
            return self.durable_revision().map(Self::durable_at);
        }
        Some(self)
    }

    /// The expectation of the next commit.
    pub(super) fn expect(&self, stream: StreamId) -> Expect {
        match (self.durable_revision(), self.commit) {
            (None, Some(commit)) => Expect::Follows {
                stream,
                commit,
                version: self.version,
            },
            (revision, _) => match revision.unwrap_or_default() {
                Revision::NONE => Expect::NoStream(stream),
                revision => Expect::At { stream, revision },
            },
        }
    }
}

/// A commit of a chain whose result is not known yet. If the guard is dropped without a result, the
/// result will never be known, and the chain fails.
#[derive(Debug)]
pub(super) struct InFlightGuard {
    chain: Option<Arc<PendingCommits>>,
    /// The version after the commit.
    version: u64,
}

impl InFlightGuard {
    /// A guard of the commit of this tip.
    pub(super) fn new(tip: &Tip) -> Self {
        Self {
            chain: Some(Arc::clone(&tip.chain)),
            version: tip.version,
        }
    }

    /// Records the result in the chain. A commit that was stored before, or that the store did not
    /// store whole, does not end at the expected version. The chain then fails, so that no decision
    /// waits for a version that never comes.
    pub(super) fn record(&mut self, result: &Result<Receipt, AppendError>) {
        let Some(chain) = self.chain.take() else {
            return;
        };
        let is_in_chain =
            |receipt: &Receipt| !receipt.repeated && receipt.revision().version() == self.version;
        match result {
            Ok(receipt) if is_in_chain(receipt) => chain.set_durable(receipt.revision()),
            _ => chain.fail(),
        }
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        if let Some(chain) = self.chain.take() {
            chain.fail();
        }
    }
}
