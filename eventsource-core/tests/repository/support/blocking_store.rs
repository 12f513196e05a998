//! A store whose appends wait until the test releases them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use eventsource_conformance::forward;
use eventsource_core::store::{
    BoxFuture, Commit, Expect, Fingerprint, Page, ReadStream, Snapshot, SnapshotStore, StoreError,
    StoreErrorKind,
};
use eventsource_core::{
    AppendError, EventLog, EventStore, MemoryStore, ReadError, Receipt, Store, StreamId,
    StreamStore,
};
use tokio::sync::Semaphore;

/// The store in memory behind a gate: appends wait until they are released, in the order in which
/// they came, and are stored then. Some fail instead and store nothing.
#[derive(Clone)]
pub(crate) struct BlockingStore(Arc<Inside>);

struct Inside {
    store: MemoryStore,
    instead: OnceLock<MemoryStore>,
    gate: Semaphore,
    sent: Mutex<Vec<Vec<Expect>>>,
    may_repeat: Mutex<Vec<bool>>,
    failing: Mutex<HashSet<usize>>,
    busy: Mutex<HashSet<usize>>,
    late: Mutex<HashSet<usize>>,
    late_gate: Semaphore,
    reads: AtomicUsize,
    knows_no_follows: AtomicBool,
}

impl BlockingStore {
    pub(crate) fn new(store: &MemoryStore) -> Self {
        Self(Arc::new(Inside {
            store: store.clone(),
            instead: OnceLock::new(),
            gate: Semaphore::new(0),
            sent: Mutex::default(),
            may_repeat: Mutex::default(),
            failing: Mutex::default(),
            busy: Mutex::default(),
            late: Mutex::default(),
            late_gate: Semaphore::new(0),
            reads: AtomicUsize::new(0),
            knows_no_follows: AtomicBool::new(false),
        }))
    }

    /// Lets the appends with these numbers fail; the first is 1.
    pub(crate) fn failing(self, appends: impl IntoIterator<Item = usize>) -> Self {
        self.0.failing.lock().unwrap().extend(appends);
        self
    }

    /// Lets the appends with these numbers find the store busy.
    pub(crate) fn busy(self, appends: impl IntoIterator<Item = usize>) -> Self {
        self.0.busy.lock().unwrap().extend(appends);
        self
    }

    /// Lets all other appends overtake those with these numbers, until these are released.
    pub(crate) fn late(self, appends: impl IntoIterator<Item = usize>) -> Self {
        self.0.late.lock().unwrap().extend(appends);
        self
    }

    pub(crate) fn let_late_through(&self, appends: usize) {
        self.0.late_gate.add_permits(appends);
    }

    /// Refuses [`Expect::Follows`], like a store that does not support it.
    pub(crate) fn without_follows(self) -> Self {
        self.0.knows_no_follows.store(true, Ordering::Relaxed);
        self
    }

    /// Releases this number of appends.
    pub(crate) fn let_through(&self, appends: usize) {
        self.0.gate.add_permits(appends);
    }

    /// Blocks all further appends.
    pub(crate) fn close(&self) {
        self.0.gate.forget_permits(usize::MAX);
    }

    /// The expectations of each append up to now.
    pub(crate) fn sent(&self) -> Vec<Vec<Expect>> {
        self.0.sent.lock().unwrap().clone()
    }

    /// The flag `may_repeat` of each append up to now.
    pub(crate) fn may_repeat(&self) -> Vec<bool> {
        self.0.may_repeat.lock().unwrap().clone()
    }

    /// The number of reads of streams.
    pub(crate) fn reads(&self) -> usize {
        self.0.reads.load(Ordering::Relaxed)
    }

    /// Replaces the history by that of a backup, under the same id.
    pub(crate) fn restore(&self, backup: &MemoryStore) {
        assert!(self.0.instead.set(backup.clone()).is_ok());
    }

    fn store(&self) -> &MemoryStore {
        self.0.instead.get().unwrap_or(&self.0.store)
    }

    async fn append_in_time(&self, commit: Commit) -> Result<Receipt, AppendError> {
        let number = {
            let mut sent = self.0.sent.lock().unwrap();
            self.0.may_repeat.lock().unwrap().push(commit.may_be_stored);
            sent.push(commit.expectations.clone());
            sent.len()
        };
        let is_late = self.0.late.lock().unwrap().contains(&number);
        let gate = if is_late {
            &self.0.late_gate
        } else {
            &self.0.gate
        };
        gate.acquire().await.unwrap().forget();
        let failed = |kind| Err(StoreError::new(kind, "the cable was pulled").into());
        if self.0.failing.lock().unwrap().contains(&number) {
            return failed(StoreErrorKind::Unavailable);
        }
        if self.0.busy.lock().unwrap().contains(&number) {
            return failed(StoreErrorKind::Busy);
        }
        let follows = |expect: &Expect| matches!(expect, Expect::Follows { .. });
        if self.0.knows_no_follows.load(Ordering::Relaxed)
            && commit.expectations.iter().any(follows)
        {
            return failed(StoreErrorKind::Unsupported);
        }
        self.store().append(commit).await
    }
}

impl Store for BlockingStore {
    forward!(self => self.0.store; id);
    forward!(self => self.store(); limits, environment, capabilities, now);
}

impl StreamStore for BlockingStore {
    forward!(self => self.store(); import, receipt, root_ids);

    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(self.append_in_time(commit))
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        self.store().read_stream(read)
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for BlockingStore {
    forward!(self => self.store(); read, head, watch, log_id);
}

impl EventStore for BlockingStore {}

impl SnapshotStore for BlockingStore {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.store()
            .snapshots()
            .unwrap()
            .newest(stream, fingerprint)
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store().snapshots().unwrap().keep(snapshot)
    }
}
