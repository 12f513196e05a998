//! A store with an injected fault, to show that a check detects it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Expect, HeadWatch, ImportError, Imported, Limits, LogId, Page,
    ReadLog, ReadStream, StoreError, StoreErrorKind, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, Position, ReadError, Receipt, Revision, Store,
    StreamId, StreamStore, Timestamp,
};

use super::fault::Fault;
use crate::stores::AnyStore;

/// A store with one kind of fault, which occurs at every third opportunity unless the fault says
/// otherwise. It always reports an id of its own.
pub struct FaultyStore {
    id: StoreId,
    store: AnyStore,
    fault: Fault,
    occasions: AtomicUsize,
    pages: Mutex<HashMap<StreamId, Page>>,
    head: Mutex<Horizon>,
}

impl FaultyStore {
    /// Wraps a store and injects this fault.
    #[must_use]
    pub fn new(store: AnyStore, fault: Fault) -> Self {
        Self {
            id: StoreId::new(Uuid::now_v7()),
            store,
            fault,
            occasions: AtomicUsize::new(0),
            pages: Mutex::default(),
            head: Mutex::default(),
        }
    }

    fn injects(&self, fault: Fault) -> bool {
        self.fault == fault && self.occasions.fetch_add(1, Ordering::Relaxed) % 3 == 2
    }

    async fn append_with_fault(&self, mut commit: Commit) -> Result<Receipt, AppendError> {
        // Lets other tasks run in between, even if the store itself never waits.
        tokio::task::yield_now().await;
        if self.injects(Fault::LosesAcknowledgedCommits) {
            return self.acknowledge(&commit).await;
        }
        if self.injects(Fault::IgnoresConflicts) {
            commit.expectations.clear();
        }
        if self.fault == Fault::ChecksOnlyWrittenStreams {
            drop_unwritten_expectations(&mut commit);
        }
        if commit.events.len() > 1 && self.injects(Fault::TearsCommits) {
            commit.events.truncate(1);
        }
        let mut again = commit.clone();
        (again.id, again.expectations) = (Uuid::now_v7(), Vec::new());
        let receipt = self.store.append(commit).await?;
        if self.injects(Fault::ReportsFailureAfterStoring) {
            let failed = StoreError::new(StoreErrorKind::Busy, "nothing is stored");
            return Err(failed.into());
        }
        if receipt.repeated && self.injects(Fault::StoresTwice) {
            return self.store.append(again).await;
        }
        Ok(receipt)
    }

    /// Builds the receipt that the store would return if it stored the first event.
    async fn acknowledge(&self, commit: &Commit) -> Result<Receipt, AppendError> {
        let stream = commit.events[0].stream.clone();
        let read = ReadStream::forward(stream.clone(), 0);
        let version = self.store.read_stream(read).await?.len() as u64 + 1;
        let place = Position::new(self.store.head().await?.position().offset().get() + 1);
        let revisions = vec![(stream, Revision::new(version, place, commit.id))];
        let now = SystemEnvironment.now();
        Ok(Receipt::new(commit.id, revisions, (place, place), 1, now))
    }

    async fn read_with_fault(&self, read: ReadStream) -> Result<Page, ReadError> {
        let stream = read.stream.clone();
        let page = self.store.read_stream(read).await?;
        let mut pages = lock(&self.pages);
        if self.injects(Fault::ReadsStaleStreams)
            && let Some(old) = pages.get(&stream)
        {
            return Ok(old.clone());
        }
        pages.insert(stream, page.clone());
        Ok(page)
    }

    async fn head_with_fault(&self) -> Result<Horizon, ReadError> {
        let head = self.store.head().await?;
        let mut reported = lock(&self.head);
        if !self.injects(Fault::ReportsStaleHead) {
            *reported = head;
        }
        Ok(*reported)
    }
}

fn drop_unwritten_expectations(commit: &mut Commit) {
    let events = &commit.events;
    commit.expectations.retain(|expect| match expect {
        Expect::NoStream(stream) | Expect::At { stream, .. } => {
            events.iter().any(|event| event.stream == *stream)
        }
        _ => true,
    });
}

impl Store for FaultyStore {
    fn id(&self) -> StoreId {
        self.id
    }

    fn limits(&self) -> Limits {
        self.store.limits()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.store.environment()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.store.now()
    }
}

impl StreamStore for FaultyStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(self.append_with_fault(commit))
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        self.store.import(commits)
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        self.store.receipt(first, commit_id)
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_with_fault(read))
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        self.store.root_ids(tenant, category, after, limit)
    }
}

impl EventLog for FaultyStore {
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.store.read(read)
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(self.head_with_fault())
    }

    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }

    fn log_id(&self) -> LogId {
        self.store.log_id()
    }
}

impl EventStore for FaultyStore {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
