//! A store in which other writers commit before appends and reads.

use std::collections::VecDeque;
use std::sync::Mutex;

use eventsource_conformance::forward;
use eventsource_core::store::{BoxFuture, Commit, Page, ReadStream};
use eventsource_core::{
    AppendError, EventLog, EventStore, MemoryStore, ReadError, Receipt, Store, StreamStore,
};

type OnPage = dyn Fn(&ReadStream, Page) -> Result<Page, ReadError> + Send + Sync;

/// The store in memory, in which other writers commit at the worst moment. Its pages can be small or
/// tampered with.
pub(crate) struct InterferingStore {
    inner: MemoryStore,
    before_appends: Mutex<VecDeque<Vec<Commit>>>,
    before_reads: Mutex<VecDeque<Vec<Commit>>>,
    page_limit: usize,
    on_page: Box<OnPage>,
}

impl InterferingStore {
    pub(crate) fn new(inner: &MemoryStore) -> Self {
        Self {
            inner: inner.clone(),
            before_appends: Mutex::default(),
            before_reads: Mutex::default(),
            page_limit: usize::MAX,
            on_page: Box::new(|_, page| Ok(page)),
        }
    }

    /// Stores these commits just before the next append that has none planned yet.
    pub(crate) fn before_append(self, commits: impl IntoIterator<Item = Commit>) -> Self {
        stage(&self.before_appends, commits);
        self
    }

    /// Stores these commits just before the next read of a stream that has none planned yet.
    pub(crate) fn before_read(self, commits: impl IntoIterator<Item = Commit>) -> Self {
        stage(&self.before_reads, commits);
        self
    }

    /// Reads streams in pages of this size.
    pub(crate) fn pages_of(mut self, limit: usize) -> Self {
        self.page_limit = limit;
        self
    }

    /// Replaces each page of a stream by the result of `on_page`.
    pub(crate) fn on_page(
        mut self,
        on_page: impl Fn(&ReadStream, Page) -> Result<Page, ReadError> + Send + Sync + 'static,
    ) -> Self {
        self.on_page = Box::new(on_page);
        self
    }

    async fn play(&self, stage: &Mutex<VecDeque<Vec<Commit>>>) {
        // Tasks on one thread interleave only at a yield.
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

impl Store for InterferingStore {
    forward!(self => self.inner; id, limits, environment, capabilities, now);
}

impl StreamStore for InterferingStore {
    forward!(self => self.inner; import, receipt, root_ids);

    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            self.play(&self.before_appends).await;
            self.inner.append(commit).await
        })
    }

    fn read_stream(&self, mut read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.play(&self.before_reads).await;
            read.max_events = read.max_events.min(self.page_limit);
            let page = self.inner.read_stream(read.clone()).await?;
            (self.on_page)(&read, page)
        })
    }
}

impl EventLog for InterferingStore {
    forward!(self => self.inner; read, head, watch, log_id);
}

impl EventStore for InterferingStore {}
