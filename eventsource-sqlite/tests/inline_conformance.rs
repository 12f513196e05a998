//! The contracts of inline projections.

#[path = "support/bed.rs"]
mod bed;

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::inline::TestBed;
use eventsource_core::ReadModelStore;
use eventsource_core::projection::EventProjection;
use eventsource_core::values::SystemEnvironment;
use eventsource_sqlite::SqliteStore;

use bed::SqliteBed;

impl TestBed for SqliteBed {
    type Store = SqliteStore;

    async fn open<P: EventProjection>(&self) -> SqliteStore {
        let options = SqliteStore::options().inline::<P>();
        options.open(self.path()).await.unwrap()
    }

    async fn open_without(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
        Arc::new(store.clone())
    }

    fn hold(&self, store: &SqliteStore) -> Option<Hold> {
        Some(Self::hold_next_commit(store))
    }
}

eventsource_conformance::inline_conformance!(SqliteBed::new());
