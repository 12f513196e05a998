//! A damaged file is noticed, and reported by a typed error.

use std::fs;
use std::path::Path;

use eventsource_core::store::{Commit, NewEvent, ReadLog, ReadStream, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, Codec, EventLog, Query, ReadError, Store, StreamId, StreamStore,
};
use keyvalue::KeyValueStore;

const PAYLOAD: &[u8] = br#"{"note":"the payload that is damaged"}"#;

fn commit(stream: &StreamId, payload: &[u8]) -> Commit {
    let event = NewEvent::new(
        stream.clone(),
        "cart.noted",
        1,
        Codec::Json,
        payload.to_vec(),
    );
    Commit::new(Uuid::now_v7(), vec![event])
}

fn cart() -> StreamId {
    StreamId::new("cart", Uuid::now_v7())
}

/// Changes one bit of each place in the file that has these bytes.
fn damage(path: &Path, bytes: &[u8]) {
    let mut file = fs::read(path).unwrap();
    let places = file.windows(bytes.len());
    let places: Vec<_> = places.enumerate().filter(|(_, it)| *it == bytes).collect();
    let places: Vec<_> = places.into_iter().map(|(index, _)| index).collect();
    assert!(!places.is_empty(), "the file has the bytes");
    for place in places {
        file[place + bytes.len() / 2] ^= 1;
    }
    fs::write(path, file).unwrap();
}

fn is_corrupt<T: std::fmt::Debug>(answer: Result<T, ReadError>) {
    let error = answer.unwrap_err();
    let ReadError::Store(store) = &error else {
        panic!("{error}");
    };
    assert_eq!(store.kind(), StoreErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("position 2"), "{error}");
}

#[tokio::test]
async fn a_damaged_envelope_is_an_error_of_each_read_of_it_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let (whole, damaged) = (cart(), cart());
    let store = KeyValueStore::open(&path).unwrap();
    store.append(commit(&whole, b"{}")).await.unwrap();
    let lost = commit(&damaged, PAYLOAD);
    store.append(lost.clone()).await.unwrap();
    store.append(commit(&whole, b"{}")).await.unwrap();
    drop(store);
    damage(&path, PAYLOAD);

    let store = KeyValueStore::open(&path).unwrap();
    let page = store
        .read_stream(ReadStream::forward(whole.clone(), 0))
        .await;
    assert_eq!(page.unwrap().len(), 2);
    is_corrupt(store.read(ReadLog::new(Query::all())).await);
    is_corrupt(
        store
            .read_stream(ReadStream::forward(damaged.clone(), 0))
            .await,
    );
    is_corrupt(store.receipt(damaged.clone(), lost.id).await);
    // An append to the damaged stream is refused, and does not hurt the one that waits beside it.
    let (refused, stored) = tokio::join!(
        store.append(commit(&damaged, b"{}")),
        store.append(commit(&whole, b"{}"))
    );
    let error = refused.unwrap_err();
    let AppendError::Store(error) = &error else {
        panic!("{error}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert_eq!(stored.unwrap().revision().version(), 3);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = b"to buy: tea, honey\n".repeat(100);
    fs::write(&path, &notes).unwrap();
    let error = KeyValueStore::open(&path).err().expect("it is no store");
    assert_eq!(error.kind(), StoreErrorKind::Incompatible, "{error}");
    assert_eq!(fs::read(&path).unwrap(), notes);
}

#[tokio::test]
async fn a_database_of_another_program_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.redb");
    let table = redb::TableDefinition::<u64, u64>::new("meta");
    let database = redb::Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = KeyValueStore::open(&path).err().expect("it is no store");
    assert_eq!(error.kind(), StoreErrorKind::Incompatible, "{error}");
}

/// No thread has the file any more when its last answer is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_dropped_behind_an_answer_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    for round in 1..=200 {
        let store = KeyValueStore::open(&path).unwrap();
        let receipt = store.append(commit(&cart(), b"{}")).await.unwrap();
        assert_eq!(receipt.last.offset().get(), round);
    }
}

#[tokio::test]
async fn a_file_is_opened_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store = KeyValueStore::open(&path).unwrap();
    let receipt = store.append(commit(&cart(), b"{}")).await.unwrap();
    let error = KeyValueStore::open(&path).err().expect("it is open");
    assert_eq!(error.kind(), StoreErrorKind::Busy, "{error}");
    let id = store.id();
    drop(store);
    let again = KeyValueStore::open(&path).unwrap();
    assert_eq!(again.id(), id);
    assert_eq!(again.head().await.unwrap(), receipt.horizon());
    assert_eq!(again.watch().head(), receipt.last);
}
