//! The contracts of every store of read models.

#[path = "support/bed.rs"]
mod bed;

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::read_model::TestBed;
use eventsource_core::values::SystemEnvironment;
use eventsource_sqlite::SqliteStore;

use bed::SqliteBed;

impl TestBed for SqliteBed {
    type Models = SqliteStore;

    async fn open(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn hold(&self, models: &SqliteStore) -> Option<Hold> {
        Some(Self::hold_next_commit(models))
    }
}

eventsource_conformance::read_model_conformance!(SqliteBed::new());
