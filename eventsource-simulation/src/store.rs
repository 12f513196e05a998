//! The store of a simulated process.

use std::fmt;
use std::future::pending;
use std::sync::Arc;

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Fingerprint, Freshness, HeadWatch, ImportError, Imported,
    Limits, LogId, Page, ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError, StoreId,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, MemoryStore, Query, ReadError, Receipt, Store,
    StreamId, StreamStore, Timestamp,
};
use uuid::Uuid;

use crate::backend::{Session, View};
use crate::caller::{Caller, detail};
use crate::flaw::Flaw;
use crate::observation::Observation;
use crate::stale;

/// A handle of the simulated event store, as one process has it. It keeps every contract of an
/// [`EventStore`], at a disk that loses what was not synced, and with the faults of the script. Cheap
/// to clone. See [`Process::store`](crate::Process::store).
///
/// [Example](crate#example).
#[derive(Clone)]
pub struct SimulatedStore {
    caller: Caller,
    environment: Arc<dyn Environment>,
    session: Arc<dyn Session>,
}

impl SimulatedStore {
    /// Opens the store for a process.
    pub(crate) fn open(caller: Caller, environment: Arc<dyn Environment>) -> Self {
        let backend = &caller.world.backend;
        let session = backend.open(caller.clone(), Arc::clone(&environment));
        Self {
            caller,
            environment,
            session,
        }
    }

    fn content(&self) -> MemoryStore {
        self.session.content()
    }

    async fn read_page(&self, read: ReadLog) -> Result<Page, ReadError> {
        let detail = read.start.position().offset().get();
        self.caller.arrive("read", detail).await?;
        let view = self.session.view(read.min_freshness, read.start).await?;
        let mut page = match view.content.read(self.repeating(read.clone())).await {
            Err(ReadError::BeyondHead { .. } | ReadError::OtherHistory { .. }) => {
                self.session.confirm().await?;
                self.content().read(read.clone()).await?
            }
            answer => answer?,
        };
        if let Some(end) = view.end {
            page = stale::cut(&page, end, read.start);
        }
        // Also after the faults, when nothing else tells of the head.
        if is_seen(&read) && self.caller.world.flaw == Some(Flaw::ForgottenHead) {
            page = stale::cut(&page, read.start, read.start);
        }
        if self.is_flawed(Flaw::SkippedEvent, 10) {
            page = stale::without_one(&page);
        }
        if read.query != Query::all() {
            page = self.filtered(page, read.start);
        }
        let seen = Observation::Read {
            read: &read,
            page: &page,
        };
        self.caller.world.observe(self.caller.process, &seen);
        self.caller.travel("read answer").await;
        Ok(page)
    }

    async fn read_one_stream(&self, read: ReadStream) -> Result<Page, ReadError> {
        self.caller
            .arrive("read stream", detail(read.stream.root_id()))
            .await?;
        let flawed = stale::flawed_end(&self.caller);
        let view = self
            .session
            .view(read.min_freshness, Horizon::START)
            .await?;
        let mut page = view.content.read_stream(read).await?;
        if let Some(end) = flawed.or(view.end) {
            page = stale::cut(&page, end, Horizon::START);
        }
        if self.is_flawed(Flaw::WrongPayload, 3) {
            page = stale::with_wrong_payloads(&page);
        }
        self.caller.travel("read stream answer").await;
        Ok(page)
    }
}

impl Store for SimulatedStore {
    fn id(&self) -> StoreId {
        self.content().id()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.environment)
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn capabilities(&self) -> Capabilities {
        self.session.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        Box::pin(async move { self.content().now().await })
    }
}

impl StreamStore for SimulatedStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            if self.caller.is_killed() {
                pending::<()>().await;
            }
            self.limits().check(&commit)?;
            self.caller.note("append", detail(commit.id));
            let id = commit.id;
            // Handed over before anything is waited for: later commits may follow it.
            let answer = self.session.submit(commit);
            match answer.await {
                Ok(answer) => answer,
                Err(_) => Err(AppendError::OutcomeUnknown {
                    commit_id: id,
                    source: crate::caller::unavailable(),
                }),
            }
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            self.caller.live().await;
            let Caller { world, process } = &self.caller;
            let writing = world.events.writing.lock().await;
            self.caller.travel("import").await;
            for imported in &commits {
                world.observe(*process, &Observation::Issued(&imported.commit));
            }
            let content = |it: &MemoryStore| it.reopened_in(Arc::clone(&self.environment));
            let answer = world
                .events
                .change(|stored| crate::disk::at_once(content(stored).import(commits)));
            drop(writing);
            for receipt in answer.iter().flatten().filter(|it| !it.repeated) {
                world.observe(*process, &Observation::Imported(receipt));
            }
            self.session.head().tell(world.events.end(0).position());
            self.caller.travel("import answer").await;
            answer
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        Box::pin(async move {
            self.caller.arrive("receipt", detail(commit_id)).await?;
            let receipt = self.find(first, commit_id).await;
            self.caller.travel("receipt answer").await;
            receipt
        })
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_one_stream(read))
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move {
            self.caller.arrive("root ids", limit as u64).await?;
            let view = self.newest().await?;
            let ids = view.content.root_ids(tenant, category, after, limit);
            ids.await
        })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for SimulatedStore {
    fn log_id(&self) -> LogId {
        LogId::new(self.id(), 0)
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_page(read))
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(async move {
            self.caller.arrive("head", 0).await?;
            let view = self.newest().await?;
            let head = match view.end {
                _ if self.is_flawed(Flaw::ForgottenHead, 1) => self.caller.world.events.end(5),
                Some(end) => end,
                None => self.caller.world.events.end(0),
            };
            self.caller.travel("head answer").await;
            Ok(head)
        })
    }

    fn watch(&self) -> HeadWatch {
        self.session.head().watch()
    }
}

impl EventStore for SimulatedStore {}

impl SnapshotStore for SimulatedStore {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        Box::pin(async move {
            self.caller
                .arrive("snapshot", detail(stream.root_id()))
                .await?;
            let content = self.content();
            let Some(snapshots) = content.snapshots() else {
                return Ok(None);
            };
            snapshots.newest(stream, fingerprint).await
        })
    }

    fn keep(&self, mut snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let of = detail(snapshot.stream.root_id());
            self.caller.arrive("keep snapshot", of).await?;
            let content = self.content();
            let Some(snapshots) = content.snapshots() else {
                return Ok(());
            };
            if self.is_flawed(Flaw::WrongSnapshot, 1)
                && let Some(older) = snapshots
                    .newest(snapshot.stream.clone(), snapshot.fingerprint)
                    .await
                    .ok()
                    .flatten()
            {
                snapshot.state = older.state;
            }
            snapshots.keep(snapshot).await
        })
    }
}

impl SimulatedStore {
    fn is_flawed(&self, flaw: Flaw, one_in: u64) -> bool {
        let Caller { world, process } = &self.caller;
        world.is_flawed(flaw, *process, one_in)
    }

    async fn newest(&self) -> Result<View, ReadError> {
        self.session.view(Freshness::Latest, Horizon::START).await
    }

    /// The receipt of a commit. That there is none is made sure of, since the caller may decide again.
    async fn find(&self, first: StreamId, id: Uuid) -> Result<Option<Receipt>, ReadError> {
        let view = self.newest().await?;
        let seen = |receipt: &Receipt| {
            let end = view.end.map(|end| end.position().offset());
            end.is_none_or(|end| receipt.last.offset() <= end)
        };
        let found = view.content.receipt(first.clone(), id).await?.filter(seen);
        if found.is_some() || view.end.is_none() {
            return Ok(found);
        }
        self.session.confirm().await?;
        self.content().receipt(first, id).await
    }

    /// The page itself, unless the store has a flaw in filtered pages.
    fn filtered(&self, page: Page, after: Horizon) -> Page {
        if self.is_flawed(Flaw::SkippedMatch, 3) {
            return stale::without_one(&page);
        }
        if self.is_flawed(Flaw::ShortHorizon, 3) {
            return stale::short(&page, after);
        }
        page
    }

    /// The read itself, unless the store has the flaw to begin it too early.
    fn repeating(&self, read: ReadLog) -> ReadLog {
        let is_begun = read.start != Horizon::START;
        if is_begun && self.is_flawed(Flaw::RepeatedEvents, 10) {
            return read.after(Horizon::START);
        }
        read
    }
}

/// Whether a read may end where it begins.
fn is_seen(read: &ReadLog) -> bool {
    let seen = read.start.position().offset();
    matches!(read.min_freshness, Freshness::AtLeast(position) if position.offset() <= seen)
}

impl fmt::Debug for SimulatedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedStore")
            .field("process", &self.caller.process.index)
            .finish_non_exhaustive()
    }
}
