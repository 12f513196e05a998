//! The store in memory keeps the contracts of every store.

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::store::TestBed;
use eventsource_core::values::Environment;
use eventsource_core::{MemoryStore, StreamId};
use uuid::Uuid;

#[derive(Default)]
struct MemoryBed(MemoryStore);

impl TestBed for MemoryBed {
    type Store = MemoryStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> MemoryStore {
        self.0.reopened_in(environment)
    }

    /// An append takes its position and commits under one lock.
    fn hold(&self, _: &MemoryStore) -> Option<Hold> {
        None
    }

    fn cut(&self, _: &MemoryStore) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

eventsource_conformance::store_conformance!(MemoryBed::default());
