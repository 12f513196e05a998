//! A store in memory whose positions have holes keeps the contracts of every store.

use std::sync::Arc;

use eventsource_conformance::store::TestBed;
use eventsource_conformance::{Hold, forward};
use eventsource_core::store::{BoxFuture, Commit, ImportError, Imported};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, MemoryStore, Receipt, Store, StreamId, StreamStore,
};
use uuid::Uuid;

/// Leaves out positions before each commit.
struct Sparse(MemoryStore);

impl Store for Sparse {
    forward!(self => self.0; id, environment, limits, capabilities, now);
}

impl StreamStore for Sparse {
    forward!(self => self.0; receipt, read_stream, visit_stream, root_ids, snapshots);

    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        self.0.skip_positions(3);
        self.0.append(commit)
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        self.0.skip_positions(1 << 24);
        self.0.import(commits)
    }
}

impl EventLog for Sparse {
    forward!(self => self.0; log_id, read, visit, head, watch);
}

impl EventStore for Sparse {}

#[derive(Default)]
struct SparseBed(MemoryStore);

impl TestBed for SparseBed {
    type Store = Sparse;

    async fn open(&self, environment: Arc<dyn Environment>) -> Sparse {
        Sparse(self.0.reopened_in(environment))
    }

    /// An append takes its position and commits under one lock.
    fn hold(&self, _: &Sparse) -> Option<Hold> {
        None
    }

    fn cut(&self, _: &Sparse) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

eventsource_conformance::store_conformance!(SparseBed::default());
