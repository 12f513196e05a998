//! A snapshot that is not used says so, and why, and nothing of what is in it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::{
    Aggregate, Apply, Id, MemoryStore, Position, Repository, Revision, StreamStore, event,
};
use serde::{Deserialize, Serialize};

#[event]
enum GuestEvent {
    Named { name: String },
}

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = GuestEvent, snapshot(every = 1_000, version = 1))]
struct Guest {
    name: String,
    stays: u32,
}

impl Apply<GuestEvent> for Guest {
    fn apply(&mut self, GuestEvent::Named { name }: GuestEvent) {
        self.name = name;
    }
}

/// The log lines of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Loads a guest that has one event, at version 1 and position 1, with this snapshot, and returns the
/// log lines.
async fn logged(version: u64, position: u64, state: &str) -> (String, Id<Guest>) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let store = MemoryStore::new();
    let guests = Repository::<Guest>::new(store.clone());
    let id = Id::new();
    let named = |_: &Guest| Ok::<_, ()>(GuestEvent::Named { name: "Ann".into() });
    let stored = guests.execute(id, named).await.unwrap();
    let fingerprint = Fingerprint::of(&Guest::SNAPSHOTS.unwrap()).unwrap();
    let revision = Revision::new(version, Position::new(position), stored.commit_id);
    let snapshot = Snapshot::new(guests.stream(id), fingerprint, revision, state.into());
    store.snapshots().unwrap().keep(snapshot).await.unwrap();
    assert_eq!(guests.load(id).await.unwrap().name, "Ann");
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (text, id)
}

const STATE: &str = r#"{"name":"Ann","stays":0}"#;

#[tokio::test]
async fn a_snapshot_that_is_used_says_nothing() {
    assert_eq!(logged(1, 1, STATE).await.0, "");
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_told_with_stream_version_and_why() {
    for (version, position) in [(2, 1), (9, 9), (1, 7)] {
        let (log, id) = logged(version, position, STATE).await;
        assert_eq!(log.lines().count(), 1, "{log}");
        for word in [
            "WARN",
            "a snapshot is ignored",
            &id.uuid().to_string(),
            &format!("version={version}"),
            "the stream has no event at its revision",
        ] {
            assert!(log.contains(word), "{word}: {log}");
        }
    }
}

#[tokio::test]
async fn a_snapshot_that_does_not_decode_is_told_without_its_values() {
    for (state, why) in [
        ("", "EOF while parsing"),
        (r#"{"name":"Ann"}"#, "missing field `stays`"),
        (r#"{"name":"Ann","stays":"Ann"}"#, "expected u32"),
    ] {
        let (log, _) = logged(1, 1, state).await;
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains(why) && !log.contains("Ann"), "{why}: {log}");
    }
}
