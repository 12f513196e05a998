//! Payloads are not shown by what logs show.

use std::fmt::Debug;

use eventsource_core::store::{Commit, Expect, Imported, NewEvent, ReadLog};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Payload;
use eventsource_core::{
    AppendError, Codec, EventLog, MemoryStore, Query, StreamId, StreamStore, Timestamp,
};

const SECRET: &[u8] = b"{\"name\":\"Ann\"}";

fn commit() -> Commit {
    let stream = StreamId::new("patient", Uuid::nil());
    let event = NewEvent::new(stream.clone(), "admitted", 1, Codec::Json, SECRET.to_vec());
    Commit::new(Uuid::nil(), vec![event]).expect(Expect::NoStream(stream))
}

/// Asserts that the output has neither the text nor the numbers of the bytes.
fn assert_hidden(shown: impl Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(
            text.contains("Payload(14 bytes, sha256 fb782b5c)"),
            "{text}"
        );
        assert!(!text.contains("Ann"), "{text}");
        let bytes: String = text.split_whitespace().collect();
        assert!(!bytes.contains("123,34,110"), "{text}");
    }
}

#[test]
fn what_goes_into_a_store_does_not_show_payloads() {
    let commit = commit();
    assert_hidden(Payload::from(SECRET.to_vec()));
    assert_hidden(&commit.events[0]);
    assert_hidden(&commit);
    assert_hidden(Imported::new(commit, Timestamp::default()));
}

#[tokio::test]
async fn what_comes_out_of_a_store_does_not_show_payloads() {
    let store = MemoryStore::new();
    store.append(commit()).await.unwrap();
    let page = store
        .read(ReadLog::new(Query::all()).limit(1))
        .await
        .unwrap();
    assert_hidden(page.last().unwrap());
    assert_hidden(&page);
    assert!(!format!("{store:?}").contains("Ann"));
}

#[tokio::test]
async fn a_conflict_does_not_show_the_payloads_that_it_brings() {
    let store = MemoryStore::new();
    store.append(commit()).await.unwrap();
    let mut other = commit();
    other.id = Uuid::max();
    let conflict = store.append(other).await.unwrap_err();
    assert!(matches!(conflict, AppendError::Conflict(_)));
    assert!(!conflict.to_string().contains("Ann"));
    assert_hidden(conflict);
}
