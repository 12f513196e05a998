//! The contracts of every store of read models.

use eventsource_sqlite::SqliteStore;

eventsource_conformance::read_model_conformance!(async {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    (store, folder)
});
