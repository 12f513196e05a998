//! A real store in a simulated process.

mod read_models;

use std::fmt;
use std::sync::Arc;

use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Fingerprint, HeadWatch, ImportError, Imported, Limits, LogId,
    Page, ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError, StoreErrorKind, StoreId,
    StreamVisited, StreamVisitor, VisitError, Visited, Visitor,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, ReadError, ReadModelStore, Receipt, Store,
    StreamId, StreamStore, Timestamp,
};
use uuid::Uuid;

use crate::caller::{Caller, Outcome, detail, full, refused, unavailable, unknown};
use crate::flaw::Flaw;
use crate::in_flight::InFlight;
use crate::observation::Observation;

/// A store of its own that a program has opened in a simulated process, with the faults of the script and
/// seen by the checks. Its reads have to answer at once.
#[derive(Clone)]
pub struct ExternalStore<S> {
    caller: Caller,
    store: S,
    calls: Arc<InFlight>,
}

impl<S: EventStore + ReadModelStore + Clone> ExternalStore<S> {
    pub(crate) fn new(caller: Caller, store: S, calls: Arc<InFlight>) -> Self {
        let external = Arc::new(store.clone());
        let externals = &caller.world.externals;
        externals.add(caller.process, external, Arc::clone(&calls));
        Self {
            caller,
            store,
            calls,
        }
    }
}

impl<S: Clone + Send + Sync + 'static> ExternalStore<S> {
    /// Calls the store, and shows the answer as soon as there is one.
    async fn call<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        call: impl FnOnce(S) -> F + Send + 'static,
        show: impl FnOnce(&Caller, &T) + Send + 'static,
    ) -> T {
        let (caller, store) = (self.caller.clone(), self.store.clone());
        let call = async move {
            let answer = call(store).await;
            show(&caller, &answer);
            answer
        };
        self.calls.wait_for(Box::pin(call)).await
    }

    fn is_flawed(&self, flaw: Flaw, one_in: u64) -> bool {
        let Caller { world, process } = &self.caller;
        world.is_flawed(flaw, *process, one_in)
    }

    /// The commit as it is stored: another one only where the store has a flaw.
    fn altered(&self, mut commit: Commit) -> Commit {
        if commit.events.len() > 1 && self.is_flawed(Flaw::TornCommit, 10) {
            commit.events.pop();
        }
        commit
    }
}

impl<S: Store + Clone> Store for ExternalStore<S> {
    fn id(&self) -> StoreId {
        self.store.id()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.store.environment()
    }

    fn limits(&self) -> Limits {
        self.store.limits()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.store.now()
    }
}

impl<S: StreamStore + Clone> StreamStore for ExternalStore<S> {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            self.caller.live().await;
            let (id, caller) = (commit.id, &self.caller);
            caller.note("append", detail(id));
            caller.observe(&Observation::Issued(&commit));
            let failed = |error: AppendError| {
                let answer = Err(error);
                caller.show_answer(id, &answer);
                answer
            };
            let outcome = caller.outcome(&commit);
            let answer = match outcome {
                Outcome::Failed(StoreErrorKind::Full) => return failed(full().into()),
                Outcome::Failed(_) => return failed(unavailable().into()),
                Outcome::LostBefore => return failed(unknown(id)),
                Outcome::Refused => return failed(refused(&commit)),
                Outcome::Stored | Outcome::LostAfter => {
                    let commit = self.altered(commit);
                    // Handed over before anything is waited for: later commits may follow it.
                    let append = move |store: S| async move {
                        let answer = store.append(commit).await;
                        let is_lost = outcome == Outcome::LostAfter;
                        if is_lost { Err(unknown(id)) } else { answer }
                    };
                    let show = move |caller: &Caller, answer: &Result<Receipt, AppendError>| {
                        caller.show_answer(id, answer);
                    };
                    self.call(append, show).await
                }
            };
            caller.travel("append answer").await;
            answer
        })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            self.caller.live().await;
            for imported in &commits {
                self.caller.observe(&Observation::Issued(&imported.commit));
            }
            self.call(
                move |store| async move { store.import(commits).await },
                |_, _| {},
            )
            .await
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        let ask = move || self.store.receipt(first, commit_id);
        let way = ("receipt", "receipt answer");
        Box::pin(self.caller.ask(way, detail(commit_id), ask))
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        let of = detail(read.stream.root_id());
        let way = ("read stream", "read stream answer");
        Box::pin(self.caller.ask(way, of, || self.store.read_stream(read)))
    }

    fn visit_stream(
        &self,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'_, Result<StreamVisited, VisitError>> {
        let of = detail(read.stream.root_id());
        let way = ("visit stream", "visit stream answer");
        let ask = || self.store.visit_stream(read, visitor);
        Box::pin(self.caller.ask(way, of, ask))
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
            self.store.root_ids(tenant, category, after, limit).await
        })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        self.store.snapshots().is_some().then_some(self)
    }
}

impl<S: EventLog + Clone> EventLog for ExternalStore<S> {
    fn log_id(&self) -> LogId {
        self.store.log_id()
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let of = read.start.position().offset().get();
            self.caller.arrive("read", of).await?;
            let page = self.store.read(read.clone()).await?;
            let seen = Observation::Read {
                read: &read,
                page: &page,
            };
            self.caller.observe(&seen);
            self.caller.travel("read answer").await;
            Ok(page)
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        let way = ("head", "head answer");
        Box::pin(self.caller.ask(way, 0, || self.store.head()))
    }

    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        let of = read.start.position().offset().get();
        let ask = || self.store.visit(read, visitor);
        Box::pin(self.caller.ask(("visit", "visit answer"), of, ask))
    }

    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl<S: EventStore + Clone> EventStore for ExternalStore<S> {}

/// It is reached only where the store has snapshots.
impl<S: StreamStore + Clone> SnapshotStore for ExternalStore<S> {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        Box::pin(async move {
            let of = detail(stream.root_id());
            self.caller.arrive("snapshot", of).await?;
            match self.store.snapshots() {
                Some(snapshots) => snapshots.newest(stream, fingerprint).await,
                None => Ok(None),
            }
        })
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let of = detail(snapshot.stream.root_id());
            self.caller.arrive("keep snapshot", of).await?;
            let keep = move |store: S| async move {
                match store.snapshots() {
                    Some(snapshots) => snapshots.keep(snapshot).await,
                    None => Ok(()),
                }
            };
            self.call(keep, |_, _| {}).await
        })
    }
}

impl<S> fmt::Debug for ExternalStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalStore")
            .field("process", &self.caller.process.index)
            .finish_non_exhaustive()
    }
}
