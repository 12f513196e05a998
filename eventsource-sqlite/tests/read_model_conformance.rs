//! The contracts of every store of read models.

use eventsource_sqlite::SqliteStore;

eventsource_conformance::read_model_conformance!(async {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    (store, folder)
});

mod two_handles {
    use super::SqliteStore;

    eventsource_conformance::read_model_handles_conformance!(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let one = SqliteStore::open(&path).await.unwrap();
        let other = SqliteStore::open(&path).await.unwrap();
        ([one, other], folder)
    });
}
