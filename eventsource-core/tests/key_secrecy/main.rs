//! Keys of rows are people's data: no error, health value or log line shows one.

mod scenario;

use eventsource_core::read_model::{Parking, RowWrite};
use eventsource_core::{Key, MemoryReadModels, MemoryStore, Position};
use scenario::{CANARY, Shown};

const WORDS: [&str; 6] = [
    "a projection has stopped",
    "a key is parked",
    "no room",
    "no luck",
    "no ink",
    "does not fit its type",
];

#[tokio::test]
async fn a_key_is_in_no_error_no_health_and_no_log() {
    let shown = Shown::default();
    let logs = shown.logs();
    scenario::run(&MemoryStore::new(), &MemoryReadModels::new(), &shown).await;
    drop(logs);
    shown.assert_without_keys(&WORDS);
}

#[test]
fn what_goes_into_a_store_of_read_models_shows_neither_keys_nor_rows() {
    let shown = Shown::default();
    let key = Key::of(CANARY);
    shown.value(&Parking::failed(key.clone(), Position::new(7), "no room"));
    shown.value(&key.parts());
    let row = format!(r#"{{"email":"{CANARY}"}}"#);
    shown.value(&RowWrite::new(0, key, Some(row.into())));
    shown.assert_without_keys(&["no room", "text"]);
}
