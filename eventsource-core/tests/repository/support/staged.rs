//! A store with which something happens on the way.

use eventsource_core::values::Environment;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, ImportError, Imported, Limits, LogId, Page, ReadLog,
    ReadStream, StoreError, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, MemoryStore, Position, ReadError, Receipt, Store,
    StreamId, StreamStore, Timestamp,
};
use tokio::sync::watch;

type OnPage = dyn Fn(&ReadStream, Page) -> Result<Page, ReadError> + Send + Sync;

/// The store in memory; but others commit at the worst moment, pages are small, and what they
/// hold may be tampered with.
pub(crate) struct Staged {
    inner: MemoryStore,
    before_appends: Mutex<VecDeque<Vec<Commit>>>,
    before_reads: Mutex<VecDeque<Vec<Commit>>>,
    page_limit: usize,
    on_page: Box<OnPage>,
}

impl Staged {
    pub(crate) fn new(inner: &MemoryStore) -> Self {
        Self {
            inner: inner.clone(),
            before_appends: Mutex::default(),
            before_reads: Mutex::default(),
            page_limit: usize::MAX,
            on_page: Box::new(|_, page| Ok(page)),
        }
    }

    /// Others store these just before the next append for which nothing is staged yet.
    pub(crate) fn before_append(self, commits: impl IntoIterator<Item = Commit>) -> Self {
        stage(&self.before_appends, commits);
        self
    }

    /// Others store these just before the next read of a stream for which nothing is staged yet.
    pub(crate) fn before_read(self, commits: impl IntoIterator<Item = Commit>) -> Self {
        stage(&self.before_reads, commits);
        self
    }

    /// Reads streams in pages of this size.
    pub(crate) fn pages_of(mut self, limit: usize) -> Self {
        self.page_limit = limit;
        self
    }

    /// Hands out what `on_page` makes of a page of a stream.
    pub(crate) fn on_page(
        mut self,
        on_page: impl Fn(&ReadStream, Page) -> Result<Page, ReadError> + Send + Sync + 'static,
    ) -> Self {
        self.on_page = Box::new(on_page);
        self
    }

    async fn play(&self, stage: &Mutex<VecDeque<Vec<Commit>>>) {
        // Tasks on one thread only meet where they wait.
        tokio::task::yield_now().await;
        let commits = stage.lock().expect("no test panics here").pop_front();
        for commit in commits.into_iter().flatten() {
            let stored = self.inner.append(commit).await;
            stored.expect("what others store is well-formed");
        }
    }
}

fn stage(stage: &Mutex<VecDeque<Vec<Commit>>>, commits: impl IntoIterator<Item = Commit>) {
    let mut stage = stage.lock().expect("no test panics here");
    stage.push_back(commits.into_iter().collect());
}

impl Store for Staged {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.inner.environment()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.inner.now()
    }
}

impl StreamStore for Staged {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            self.play(&self.before_appends).await;
            self.inner.append(commit).await
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        self.inner.import(commits)
    }

    fn read_stream(&self, mut read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.play(&self.before_reads).await;
            read.limit = read.limit.min(self.page_limit);
            let page = self.inner.read_stream(read.clone()).await?;
            (self.on_page)(&read, page)
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        self.inner.receipt(first, commit_id)
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        self.inner.root_ids(tenant, category, after, limit)
    }
}

impl EventLog for Staged {
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.inner.read(read)
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        self.inner.head()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.inner.watch()
    }

    fn log_id(&self) -> LogId {
        self.inner.log_id()
    }
}

impl EventStore for Staged {}
