//! A store in a folder of its own, for the conformance suites.

use std::path::PathBuf;
use std::sync::Arc;

use eventsource_conformance::{Hold, inline, read_model, store};
use eventsource_core::projection::EventProjection;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{ReadModelStore, StreamId};
use eventsource_sqlite::{SqliteBuilder, SqliteStore};

pub(crate) struct SqliteBed {
    folder: tempfile::TempDir,
    builder: fn() -> SqliteBuilder,
    hold: fn(&SqliteStore) -> Hold,
}

#[allow(dead_code, reason = "each suite uses a part of it")]
impl SqliteBed {
    pub(crate) fn new() -> Self {
        Self::with(SqliteStore::builder, |store| {
            let (hold, gate) = Hold::new();
            store.before_next_commit(move || gate.pass_blocking());
            hold
        })
    }

    /// A bed of stores that are opened with other options. `hold` stops what writes after it has written
    /// the rows and before it commits.
    pub(crate) fn with(builder: fn() -> SqliteBuilder, hold: fn(&SqliteStore) -> Hold) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            builder,
            hold,
        }
    }

    pub(crate) async fn open_in(&self, environment: Arc<dyn Environment>) -> SqliteStore {
        let opened = (self.builder)()
            .environment(environment)
            .open(self.path())
            .await;
        opened.unwrap()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }
}

impl store::TestBed for SqliteBed {
    type Store = SqliteStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> SqliteStore {
        self.open_in(environment).await
    }

    fn hold(&self, store: &SqliteStore) -> Option<Hold> {
        Some((self.hold)(store))
    }

    /// A file has no connection that a network could end.
    fn cut(&self, _: &SqliteStore) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

impl read_model::TestBed for SqliteBed {
    type Models = SqliteStore;

    async fn open(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn hold(&self, models: &SqliteStore) -> Option<Hold> {
        Some((self.hold)(models))
    }
}

impl inline::TestBed for SqliteBed {
    type Store = SqliteStore;

    async fn open<P: EventProjection>(&self) -> SqliteStore {
        let builder = (self.builder)().inline::<P>();
        builder.open(self.path()).await.unwrap()
    }

    async fn open_without(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
        Arc::new(store.clone())
    }

    fn hold(&self, store: &SqliteStore) -> Option<Hold> {
        Some((self.hold)(store))
    }
}
