//! Categories that are added beside reads: a stream that is not there yet is no damage.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsource_core::store::{Commit, NewEvent, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamId, StreamStore};
use support::open;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_that_is_added_meanwhile_is_not_taken_for_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (writer, reader) = (open(&path).await, open(&path).await);
    let ended = Arc::new(AtomicBool::new(false));
    let has_ended = Arc::clone(&ended);
    let reading = tokio::spawn(async move {
        let mut reads = 0;
        while !has_ended.load(Ordering::SeqCst) {
            let stream = StreamId::new("nobody", Uuid::now_v7());
            let page = reader.read_stream(ReadStream::forward(stream, 0)).await;
            assert!(page.unwrap().is_empty());
            reads += 1;
        }
        reads
    });
    for number in 0..900 {
        let stream = StreamId::new(format!("category-{number}"), Uuid::now_v7());
        let event = NewEvent::new(stream, "noted", 1, Codec::Json, b"{}".to_vec());
        let commit = Commit::new(Uuid::now_v7(), vec![event]);
        writer.append(commit).await.unwrap();
    }
    ended.store(true, Ordering::SeqCst);
    assert!(reading.await.unwrap() > 100);
}
