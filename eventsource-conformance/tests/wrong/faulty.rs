//! The store in memory with one fault.

use std::sync::Arc;

use eventsource_conformance::store::TestBed;
use eventsource_conformance::{Hold, forward};
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Fingerprint, HeadWatch, ImportError, Imported, LogId, Page,
    ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError, StoreId, StreamVisited,
    StreamVisitor, VisitError, Visited, Visitor,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, MemoryStore, ReadError, Receipt, Store, StreamId,
    StreamStore, Timestamp,
};
use uuid::Uuid;

/// The fault of a store: one method, or the pages that it gives. The rest is right.
pub(crate) trait Fault: Send + Sync + 'static {
    /// The fault of a handle that is opened with this environment.
    fn opened(&mut self, right: &MemoryStore, environment: &Arc<dyn Environment>) {
        let _ = (right, environment);
    }

    /// The store as this handle has it.
    fn handle(&self, right: MemoryStore) -> MemoryStore {
        right
    }

    fn id(&self, right: &MemoryStore) -> StoreId {
        right.id()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn now<'a>(&'a self, right: &'a MemoryStore) -> BoxFuture<'a, Result<Timestamp, StoreError>> {
        right.now()
    }

    fn keeps_snapshots(&self) -> bool {
        true
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        sibling(stream)
    }

    /// A page of a read, and of a conflict.
    fn page(&self, page: Page) -> Page {
        page
    }

    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        right.append(commit)
    }

    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        right.import(commits)
    }

    fn receipt<'a>(
        &'a self,
        right: &'a MemoryStore,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'a, Result<Option<Receipt>, ReadError>> {
        right.receipt(first, commit_id)
    }

    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        right.read_stream(read)
    }

    /// A visit of a stream; of the pages that [`read_stream`](Self::read_stream) gives.
    fn visit_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'a, Result<StreamVisited, VisitError>> {
        Box::pin(async move {
            let page = self.read_stream(right, read).await?;
            StreamVisited::of_page(&self.page(page), visitor)
        })
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        right.read(read)
    }

    /// A visit; of the pages that [`read`](Self::read) gives.
    fn visit<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'a, Result<Visited, VisitError>> {
        Box::pin(async move {
            let after = read.start;
            let page = self.read(right, read).await?;
            Visited::of_page(&self.page(page), after, visitor)
        })
    }

    fn head<'a>(&'a self, right: &'a MemoryStore) -> BoxFuture<'a, Result<Horizon, ReadError>> {
        right.head()
    }

    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        of: (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        right.root_ids(of.0, of.1, after, limit)
    }

    fn watch(&self, right: &MemoryStore) -> HeadWatch {
        right.watch()
    }

    fn keep<'a>(
        &'a self,
        right: &'a MemoryStore,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        right.keep(snapshot)
    }

    fn newest<'a>(
        &'a self,
        right: &'a MemoryStore,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        right.newest(stream, fingerprint)
    }
}

/// One store. What its handles share of the fault is shared by its clones.
pub(crate) struct FaultyBed<F> {
    right: MemoryStore,
    fault: F,
}

impl<F> FaultyBed<F> {
    pub(crate) fn new(fault: F) -> Self {
        let right = MemoryStore::new();
        Self { right, fault }
    }
}

impl<F: Fault + Clone> TestBed for FaultyBed<F> {
    type Store = Faulty<F>;

    async fn open(&self, environment: Arc<dyn Environment>) -> Faulty<F> {
        let mut fault = self.fault.clone();
        fault.opened(&self.right, &environment);
        let right = fault.handle(self.right.reopened_in(environment));
        Faulty { right, fault }
    }

    fn hold(&self, _: &Faulty<F>) -> Option<Hold> {
        None
    }

    fn cut(&self, _: &Faulty<F>) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        self.fault.sibling(stream)
    }
}

/// Any two streams of a tenant may share a commit.
pub(crate) fn sibling(stream: &StreamId) -> StreamId {
    StreamId::new(stream.category().to_owned(), Uuid::now_v7())
        .in_tenant(stream.tenant().to_owned())
}

pub(crate) struct Faulty<F> {
    right: MemoryStore,
    fault: F,
}

impl<F: Fault> Faulty<F> {
    pub(crate) fn new(right: MemoryStore, fault: F) -> Self {
        Self { right, fault }
    }

    pub(crate) fn fault(&self) -> &F {
        &self.fault
    }

    fn error(&self, error: AppendError) -> AppendError {
        match error {
            AppendError::Conflict(mut conflict) => {
                conflict.missed = self.fault.page(conflict.missed);
                AppendError::Conflict(conflict)
            }
            error => error,
        }
    }
}

impl<F: Fault> Store for Faulty<F> {
    forward!(self => self.right; environment, limits);
    forward!(self => self.fault; capabilities);

    fn id(&self) -> StoreId {
        self.fault.id(&self.right)
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.fault.now(&self.right)
    }
}

impl<F: Fault> StreamStore for Faulty<F> {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let answer = self.fault.append(&self.right, commit).await;
            answer.map_err(|error| self.error(error))
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let answer = self.fault.import(&self.right, commits).await;
            answer.map_err(|mut error| {
                error.source = self.error(error.source);
                error
            })
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        self.fault.receipt(&self.right, first, commit_id)
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let page = self.fault.read_stream(&self.right, read).await?;
            Ok(self.fault.page(page))
        })
    }

    fn visit_stream(
        &self,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'_, Result<StreamVisited, VisitError>> {
        self.fault.visit_stream(&self.right, read, visitor)
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        self.fault
            .root_ids(&self.right, (tenant, category), after, limit)
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        self.fault.keeps_snapshots().then_some(self)
    }
}

impl<F: Fault> EventLog for Faulty<F> {
    fn log_id(&self) -> LogId {
        LogId::new(self.id(), self.right.log_id().number())
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let page = self.fault.read(&self.right, read).await?;
            Ok(self.fault.page(page))
        })
    }

    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        self.fault.visit(&self.right, read, visitor)
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        self.fault.head(&self.right)
    }

    fn watch(&self) -> HeadWatch {
        self.fault.watch(&self.right)
    }
}

impl<F: Fault> EventStore for Faulty<F> {}

impl<F: Fault> SnapshotStore for Faulty<F> {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.fault.newest(&self.right, stream, fingerprint)
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.fault.keep(&self.right, snapshot)
    }
}
