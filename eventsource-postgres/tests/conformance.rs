//! The store keeps the contracts of every store, on a real server.

#[path = "support/server.rs"]
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eventsource_conformance::Hold;
use eventsource_conformance::store::{TestBed, run};
use eventsource_core::StreamId;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_postgres::PostgresStore;
use server::Server;

/// A store in a schema of its own.
struct PostgresBed {
    server: &'static Server,
    schema: String,
}

impl PostgresBed {
    fn new(server: &'static Server) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let schema = format!("store \"{}\"", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { server, schema }
    }
}

impl TestBed for PostgresBed {
    type Store = PostgresStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> PostgresStore {
        let builder = PostgresStore::builder().schema(&self.schema).connections(4);
        let opened = builder
            .environment(environment)
            .open(&self.server.url())
            .await;
        opened.unwrap()
    }

    fn hold(&self, store: &PostgresStore) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        store.before_next_commit(Box::pin(gate.pass()));
        Some(hold)
    }

    fn cut(&self, store: &PostgresStore) -> bool {
        self.server.end_connections(store.application_name());
        true
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

#[test]
fn the_store_keeps_the_contracts_of_every_store() {
    let Some(server) = server::server() else {
        return;
    };
    let report = run(|| PostgresBed::new(server));
    println!("{report}");
    assert!(report.failed.is_empty(), "{report}");
    assert!(report.skipped.is_empty(), "{report}");
}
