//! Keys of rows are people's data: no error, health value or log line of this store shows one.

#[path = "../../eventsource-core/tests/key_secrecy/scenario.rs"]
mod scenario;

use eventsource_core::{Project, Projection, Recorded};
use eventsource_sqlite::SqliteStore;
use scenario::{GuestEvent, Shown};
use serde::{Deserialize, Serialize};

#[tokio::test]
async fn a_key_is_in_no_error_no_health_and_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let shown = Shown::default();
    let logs = shown.logs();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    scenario::run(&store, &store, &shown).await;
    store.close().await;
    drop(logs);
    shown.assert_without_keys(&["a projection has stopped", "a key is parked", "no room"]);
}

/// One guest an address.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "addresses", version = 1, key = email, event = GuestEvent(Named))]
struct Address {
    guests: u64,
}

impl Project<GuestEvent, Result<(), &'static str>> for Address {
    fn project(&mut self, _: &Recorded<GuestEvent>) -> Result<(), &'static str> {
        self.guests += 1;
        (self.guests == 1).then_some(()).ok_or("no room")
    }
}

#[tokio::test]
async fn the_refusal_of_a_rule_shows_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let shown = Shown::default();
    let logs = shown.logs();
    let path = folder.path().join("store.db");
    let store = SqliteStore::builder().inline::<Address>().open(path);
    let store = store.await.unwrap();
    scenario::name_a_guest(&store).await.unwrap();
    let refused = scenario::name_a_guest(&store).await.unwrap_err();
    shown.error(&*refused);
    store.close().await;
    drop(logs);
    shown.assert_without_keys(&["refuses an event", "no room"]);
}
