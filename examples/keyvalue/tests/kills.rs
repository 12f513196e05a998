//! The process is killed while its tasks append; what it had acknowledged is there after that. The test is
//! a program of its own: with arguments it is the process that is killed.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use eventsource_core::store::{Commit, Expect, NewEvent, ReadStream, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamId, StreamStore};
use keyvalue::KeyValueStore;

const STREAMS: u128 = 16;
const ROUNDS: usize = 12;
/// Each commit has so many events, of which none or all are there.
const EVENTS: u64 = 3;

/// The versions that were acknowledged, by their stream.
type Acknowledged = BTreeMap<u128, u64>;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let arguments: Vec<_> = env::args().collect();
    match &arguments[1..] {
        [role, path] if role == "append" => runtime.block_on(append(path, false)),
        [role, path] if role == "acknowledge-early" => runtime.block_on(append(path, true)),
        // Those of the test harness, such as `--nocapture`.
        _ => {
            let (stored, lost) = runtime.block_on(kill_again_and_again("append"));
            assert!(stored > 0, "the program has appended");
            assert_eq!(lost, 0, "what was acknowledged is there");
            // The control: what is acknowledged too early is missed.
            let (_, lost) = runtime.block_on(kill_again_and_again("acknowledge-early"));
            assert!(lost > 0, "a loss would be noticed");
            println!("{ROUNDS} kills of each kind; nothing that was acknowledged is lost");
        }
    }
}

/// Appends to all streams at once, until it is killed, and prints each version that is stored.
async fn append(path: &str, early: bool) {
    let store = KeyValueStore::open(path).unwrap();
    let tasks: Vec<_> = (0..STREAMS)
        .map(|number| tokio::spawn(append_to(store.clone(), number, early)))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn append_to(store: KeyValueStore, number: u128, early: bool) {
    let stream = stream(number);
    let mut version = versions(&store, number).await;
    loop {
        let event = || NewEvent::new(stream.clone(), "counted", 1, Codec::Json, b"{}".to_vec());
        let events = (0..EVENTS).map(|_| event()).collect();
        let expected = Expect::AtVersion {
            stream: stream.clone(),
            version,
        };
        let commit = Commit::new(Uuid::now_v7(), events).expect(expected);
        version += EVENTS;
        if early {
            println!("{number} {version}");
        }
        store.append(commit).await.unwrap();
        println!("{number} {version}");
    }
}

/// How many events are stored in the end, and how many were missing after a kill that had been
/// acknowledged before.
async fn kill_again_and_again(role: &str) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let (mut acknowledged, mut lost) = (Acknowledged::new(), 0);
    for round in 0..ROUNDS {
        // Some are killed before they are quite there.
        run_and_kill(role, &path, 7 * round, &mut acknowledged);
        let store = match KeyValueStore::open(&path) {
            // It was killed while it created the file.
            Err(error)
                if error.kind() == StoreErrorKind::Incompatible && acknowledged.is_empty() =>
            {
                std::fs::remove_file(&path).unwrap();
                continue;
            }
            opened => opened.unwrap(),
        };
        for (number, version) in &mut acknowledged {
            let stored = versions(&store, *number).await;
            assert_eq!(stored % EVENTS, 0, "no commit is there in part");
            lost += version.saturating_sub(stored);
            *version = stored;
        }
    }
    (acknowledged.values().sum(), lost)
}

/// Kills the program after it has acknowledged so many appends, and keeps what it had acknowledged by then.
fn run_and_kill(role: &str, path: &Path, after: usize, acknowledged: &mut Acknowledged) {
    let mut program = Command::new(env::current_exe().unwrap());
    let program = program.arg(role).arg(path).stdout(Stdio::piped());
    let mut program: Child = program.spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut note = |line: String| {
        // A line that the kill cut off acknowledges nothing.
        let Some((number, version)) = line.split_once(' ') else {
            return;
        };
        let (Ok(number), Ok(version)) = (number.parse(), version.parse()) else {
            return;
        };
        acknowledged.insert(number, version);
    };
    lines
        .by_ref()
        .take(after)
        .for_each(|line| note(line.unwrap()));
    program.kill().unwrap(); // SIGKILL
    program.wait().unwrap();
    lines.for_each(|line| note(line.unwrap()));
}

/// The versions of a stream follow one another; the last one.
async fn versions(store: &KeyValueStore, number: u128) -> u64 {
    let mut last = 0;
    loop {
        let page = store
            .read_stream(ReadStream::forward(stream(number), last))
            .await
            .unwrap();
        for event in page.events() {
            assert_eq!(event.version, last + 1);
            last = event.version;
        }
        if page.is_complete() {
            return last;
        }
    }
}

fn stream(number: u128) -> StreamId {
    StreamId::new("counter", Uuid::from_u128(number))
}
