//! The store keeps the contracts of every store.

#[path = "support/disk.rs"]
mod disk;

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::store::{TestBed, run};
use eventsource_core::StreamId;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use keyvalue::KeyValueStore;
use tokio::sync::OnceCell;

use disk::Disk;

/// A store that is opened once, as its file is, and has a handle for each call.
#[derive(Default)]
struct KeyValueBed {
    disk: Disk,
    opened: OnceCell<KeyValueStore>,
}

impl TestBed for KeyValueBed {
    type Store = KeyValueStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> KeyValueStore {
        let new = || async {
            let database = self.disk.database();
            KeyValueStore::on(database, Arc::clone(&environment)).unwrap()
        };
        let store = self.opened.get_or_init(new).await;
        store.in_environment(environment)
    }

    /// A commit is decided before the sync that makes it durable.
    fn hold(&self, _: &KeyValueStore) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        self.disk.before_next_sync(|| gate.pass_blocking());
        Some(hold)
    }

    /// A file has no connection that a network could end.
    fn cut(&self, _: &KeyValueStore) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

eventsource_conformance::store_conformance!(KeyValueBed::default());

/// Only the cases of capabilities that the store does not declare are skipped.
#[test]
fn only_snapshots_and_cut_connections_are_skipped() {
    let report = run(KeyValueBed::default);
    assert!(report.failed.is_empty(), "{report}");
    let skipped = report.skipped.iter().map(|skipped| skipped.needs);
    let unknown: Vec<_> = skipped
        .filter(|it| !["snapshots", "cut"].contains(it))
        .collect();
    assert!(unknown.is_empty(), "{report}");
    println!("{report}");
}
