//! Stores that now and then do what no store may, to see that it is found.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Expect, ImportError, Imported, Limits, LogId, Page, ReadLog,
    ReadStream, StoreError, StoreErrorKind, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, Position, ReadError, Receipt, Revision, Store,
    StreamId, StreamStore, Timestamp,
};
use tokio::sync::watch;

use crate::stores::AnyStore;

/// What a [`Liar`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Only tells another id than the store has. So decisions through it do not queue with others
    /// of this process: they collide, as those of several processes do.
    TellsAnotherId,
    /// Stores a commit whatever it expects.
    StoresInSpiteOfConflict,
    /// Checks only where those streams stand that the commit writes.
    LooksOnlyAtWhatItWrites,
    /// Says of a commit that it stored that nothing is stored.
    FailsThoughItStored,
    /// Acknowledges a commit that it did not store.
    ForgetsWhatItAcknowledged,
    /// Stores the commit a second time when it comes again.
    StoresTwice,
    /// Stores only the first event.
    TearsACommit,
    /// Answers a read with what it answered before.
    ReadsTheOldStream,
    /// Tells the head of before.
    TellsTheOldHead,
}

impl Lie {
    /// All that a client can notice.
    pub const ALL: [Self; 8] = [
        Self::StoresInSpiteOfConflict,
        Self::LooksOnlyAtWhatItWrites,
        Self::FailsThoughItStored,
        Self::ForgetsWhatItAcknowledged,
        Self::StoresTwice,
        Self::TearsACommit,
        Self::ReadsTheOldStream,
        Self::TellsTheOldHead,
    ];
}

/// A store that tells one kind of lie, as a rule at every third occasion. It always tells an id of
/// its own.
pub struct Liar {
    id: StoreId,
    store: AnyStore,
    lie: Lie,
    occasions: AtomicUsize,
    pages: Mutex<HashMap<StreamId, Page>>,
    head: Mutex<Horizon>,
}

impl Liar {
    /// A store that tells this lie.
    #[must_use]
    pub fn new(store: AnyStore, lie: Lie) -> Self {
        Self {
            id: StoreId::new(Uuid::now_v7()),
            store,
            lie,
            occasions: AtomicUsize::new(0),
            pages: Mutex::default(),
            head: Mutex::default(),
        }
    }

    fn lies(&self, lie: Lie) -> bool {
        self.lie == lie && self.occasions.fetch_add(1, Ordering::Relaxed) % 3 == 2
    }

    async fn append_or_lie(&self, mut commit: Commit) -> Result<Receipt, AppendError> {
        // Others come in between also where the store itself never waits.
        tokio::task::yield_now().await;
        if self.lies(Lie::ForgetsWhatItAcknowledged) {
            return self.acknowledge(&commit).await;
        }
        if self.lies(Lie::StoresInSpiteOfConflict) {
            commit.expect.clear();
        }
        if self.lie == Lie::LooksOnlyAtWhatItWrites {
            forget_what_is_not_written(&mut commit);
        }
        if commit.events.len() > 1 && self.lies(Lie::TearsACommit) {
            commit.events.truncate(1);
        }
        let mut again = commit.clone();
        (again.id, again.expect) = (Uuid::now_v7(), Vec::new());
        let receipt = self.store.append(commit).await?;
        if self.lies(Lie::FailsThoughItStored) {
            let failed = StoreError::new(StoreErrorKind::Busy, "nothing is stored");
            return Err(failed.into());
        }
        if receipt.repeated && self.lies(Lie::StoresTwice) {
            return self.store.append(again).await;
        }
        Ok(receipt)
    }

    /// What the store would answer if it stored the first event.
    async fn acknowledge(&self, commit: &Commit) -> Result<Receipt, AppendError> {
        let stream = commit.events[0].stream.clone();
        let read = ReadStream::forward(stream.clone(), 0);
        let version = self.store.read_stream(read).await?.len() as u64 + 1;
        let place = Position::new(self.store.head().await?.position().offset().get() + 1);
        let revisions = vec![(stream, Revision::new(version, place, commit.id))];
        let now = SystemEnvironment.now();
        Ok(Receipt::new(commit.id, revisions, (place, place), 1, now))
    }

    async fn read_or_lie(&self, read: ReadStream) -> Result<Page, ReadError> {
        let stream = read.stream.clone();
        let page = self.store.read_stream(read).await?;
        let mut pages = lock(&self.pages);
        if self.lies(Lie::ReadsTheOldStream)
            && let Some(old) = pages.get(&stream)
        {
            return Ok(old.clone());
        }
        pages.insert(stream, page.clone());
        Ok(page)
    }

    async fn head_or_lie(&self) -> Result<Horizon, ReadError> {
        let head = self.store.head().await?;
        let mut told = lock(&self.head);
        if !self.lies(Lie::TellsTheOldHead) {
            *told = head;
        }
        Ok(*told)
    }
}

fn forget_what_is_not_written(commit: &mut Commit) {
    let events = &commit.events;
    commit.expect.retain(|expect| match expect {
        Expect::NoStream(stream) | Expect::At { stream, .. } => {
            events.iter().any(|event| event.stream == *stream)
        }
        _ => true,
    });
}

impl Store for Liar {
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

impl StreamStore for Liar {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(self.append_or_lie(commit))
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
        Box::pin(self.read_or_lie(read))
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

impl EventLog for Liar {
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.store.read(read)
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(self.head_or_lie())
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.store.watch()
    }

    fn log_id(&self) -> LogId {
        self.store.log_id()
    }
}

impl EventStore for Liar {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
