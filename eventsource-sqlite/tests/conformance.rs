//! The contracts of every store.

use eventsource_sqlite::SqliteStore;

eventsource_conformance::store_conformance!(async {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    (store, folder)
});
