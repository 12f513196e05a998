//! A stream ahead of the clock is a warning.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{Codec, MemoryStore, StreamId, StreamStore, Timestamp};

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what this thread logs.
struct Log;

impl Log {
    fn take() -> String {
        String::from_utf8(LOG.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
struct Clock(Arc<AtomicI64>);

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

const MINUTE: i64 = 60_000_000;

#[tokio::test]
async fn more_than_a_minute_ahead_is_a_warning() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
    let clock = Clock::default();
    let store = MemoryStore::in_environment(clock.clone());
    let stream = StreamId::new("cart", Uuid::now_v7());
    let commit = |stream: &StreamId| {
        let event = NewEvent::new(stream.clone(), "noted", 1, Codec::Json, b"{}".to_vec());
        Commit::new(Uuid::now_v7(), vec![event])
    };
    clock.0.store(10 * MINUTE, Ordering::Relaxed);
    let first = commit(&stream);
    store.append(first.clone()).await.unwrap();

    clock.0.store(9 * MINUTE, Ordering::Relaxed);
    store.append(commit(&stream)).await.unwrap();
    clock.0.store(9 * MINUTE - 1, Ordering::Relaxed);
    store.append(first).await.unwrap(); // is stored already
    store
        .append(commit(&StreamId::new("cart", Uuid::nil())))
        .await
        .unwrap();
    assert_eq!(Log::take(), "");

    store.append(commit(&stream)).await.unwrap();
    let log = Log::take();
    for part in [
        "WARN",
        &stream.to_string(),
        "1970-01-01T00:10:00",
        "1970-01-01T00:08:59.999999",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
}
