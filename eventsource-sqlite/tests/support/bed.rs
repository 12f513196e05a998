//! A store in a folder of its own, for the conformance suites.

use std::path::PathBuf;
use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_core::values::Environment;
use eventsource_sqlite::SqliteStore;

pub(crate) struct SqliteBed(tempfile::TempDir);

impl SqliteBed {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn open_in(&self, environment: Arc<dyn Environment>) -> SqliteStore {
        SqliteStore::open_in(self.path(), environment)
            .await
            .unwrap()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    /// Stops the thread that writes after it has written the rows and before it commits.
    #[allow(dead_code, reason = "not every suite holds a commit")]
    pub(crate) fn hold_next_commit(store: &SqliteStore) -> Hold {
        let (hold, gate) = Hold::new();
        store.before_next_commit(move || gate.pass_blocking());
        hold
    }
}
