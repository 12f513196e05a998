//! Commits on one aggregate that do not wait for each other.

use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

use crate::store::{AppendError, Expect, Receipt, Revision};
use crate::values::StreamId;

/// Commits of this process on one aggregate, each decided on what the one before it left, whether
/// that was durable already or not. Once one of them fails, those behind it will too: the chain is
/// broken, and nobody adds to it any more.
#[derive(Debug)]
pub(super) struct PendingCommits(watch::Sender<Progress>);

#[derive(Debug)]
struct Progress {
    /// Where the last commit that was acknowledged brought the aggregate.
    durable: Revision,
    broken: bool,
}

impl PendingCommits {
    /// A chain that begins at what is stored.
    pub(super) fn begin(durable: Revision) -> Arc<Self> {
        let broken = false;
        Arc::new(Self(watch::Sender::new(Progress { durable, broken })))
    }

    /// How far it is durable.
    pub(super) fn durable(&self) -> Revision {
        self.0.borrow().durable
    }

    fn is_broken(&self) -> bool {
        self.0.borrow().broken
    }

    /// Waits until it is durable up to a version, and tells whether it ever will be.
    pub(super) async fn comes_to(&self, version: u64) -> bool {
        let there = |progress: &Progress| progress.durable.version() >= version;
        let mut progress = self.0.subscribe();
        let settled = progress.wait_for(|progress| there(progress) || progress.broken);
        settled.await.is_ok_and(|progress| there(&progress))
    }

    fn durable_up_to(&self, revision: Revision) {
        // Answers may come in another order than the commits.
        self.0.send_if_modified(|progress| {
            let further = revision.version() > progress.durable.version();
            if further {
                progress.durable = revision;
            }
            further
        });
    }

    fn break_off(&self) {
        self.0.send_modify(|progress| progress.broken = true);
    }
}

/// The end of a chain: on what the next commit is decided.
#[derive(Clone, Debug)]
pub(super) struct Tip {
    pub(super) chain: Arc<PendingCommits>,
    pub(super) version: u64,
    /// The commit that leads there; none where the chain begins.
    pub(super) commit: Option<Uuid>,
}

impl Tip {
    /// What is stored.
    pub(super) fn stored(revision: Revision) -> Self {
        Self {
            chain: PendingCommits::begin(revision),
            version: revision.version(),
            commit: None,
        }
    }

    /// What the next commit leads to.
    pub(super) fn after(&self, commit: Uuid, events: usize) -> Self {
        Self {
            chain: Arc::clone(&self.chain),
            version: self.version + events as u64,
            commit: Some(commit),
        }
    }

    /// The revision, if it is durable.
    pub(super) fn durable(&self) -> Option<Revision> {
        let durable = self.chain.durable();
        (durable.version() == self.version).then_some(durable)
    }

    /// The revision that this leads to. While it is not durable, its position is not known: the one
    /// of the last durable commit stands for it.
    pub(super) fn revision(&self) -> Revision {
        self.durable().unwrap_or_else(|| {
            let position = self.chain.durable().position();
            Revision::new(self.version, position, self.commit.unwrap_or_default())
        })
    }

    /// Where to go on from here. What is stored at the end of a broken chain begins another one.
    pub(super) fn goes_on(self) -> Option<Self> {
        if self.chain.is_broken() {
            return self.durable().map(Self::stored);
        }
        Some(self)
    }

    /// What a commit that is decided on this has to expect.
    pub(super) fn expect(&self, stream: StreamId) -> Expect {
        match (self.durable(), self.commit) {
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

/// A commit of a chain that is not answered yet. If nobody waits for the answer any more, nobody
/// will know it, and the chain is broken as well.
#[derive(Debug)]
pub(super) struct InFlightGuard {
    chain: Option<Arc<PendingCommits>>,
    /// To which version the commit leads.
    version: u64,
}

impl InFlightGuard {
    /// The commit that leads to this end of its chain.
    pub(super) fn new(leads_to: &Tip) -> Self {
        Self {
            chain: Some(Arc::clone(&leads_to.chain)),
            version: leads_to.version,
        }
    }

    /// Tells the chain. A commit that had been stored before is not where it was to be; nor is one
    /// that a store did not store whole, and nobody may wait for what will not come.
    pub(super) fn answered(&mut self, answer: &Result<Receipt, AppendError>) {
        let Some(chain) = self.chain.take() else {
            return;
        };
        let is_there =
            |receipt: &Receipt| !receipt.repeated && receipt.revision().version() == self.version;
        match answer {
            Ok(receipt) if is_there(receipt) => chain.durable_up_to(receipt.revision()),
            _ => chain.break_off(),
        }
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        if let Some(chain) = self.chain.take() {
            chain.break_off();
        }
    }
}
