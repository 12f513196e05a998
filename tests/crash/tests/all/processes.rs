//! Several processes work on one file, and some of them are killed.

use std::path::Path;
use std::time::{Duration, Instant};

use eventsource_core::uuid::Uuid;
use eventsource_core::{Horizon, StreamStore};
use eventsource_crash_tests::{Report, commit};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::check::check;
use crate::support::history::{Read, read};
use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const KILLS: u64 = 12;
const TASKS: u64 = 4;

#[test]
fn a_reader_misses_nothing_while_writers_of_other_processes_are_killed() {
    let mut random = Rng::with_seed(seeds::seed("processes"));
    let folder = tempfile::tempdir().unwrap();
    let (store, mut report) = (folder.path().join("store.db"), Report::default());
    let reader = Worker::start(command("tail", &store, &[]));
    let mut writers = [writer(&store, 0), writer(&store, 1)];
    for round in 0..KILLS {
        let [one, other] = &writers;
        one.read_lines(random.usize(..50), Duration::ZERO, &mut report);
        let a_moment = Duration::from_micros(random.u64(..8_000));
        other.read_lines(random.usize(..50), a_moment, &mut report);
        let next = writer(&store, round + 2);
        let killed = std::mem::replace(&mut writers[random.usize(..2)], next);
        killed.kill(&mut report);
    }
    for writer in writers {
        writer.kill(&mut report);
    }

    let history = block_on(async {
        let store = SqliteStore::open(&store).await.unwrap();
        store.verify().await.unwrap();
        read(&store, Horizon::START).await.unwrap()
    });
    assert_eq!(check(&history, &report), Ok(()));
    let last = history.last().unwrap().events.last().unwrap().position;
    assert_eq!(compare(&seen_until(&reader, last), &history), Ok(()));
}

/// The control: an event that the reader gets late, twice or never is detected.
#[test]
fn a_reader_that_misses_an_event_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let appends = Worker::start(command("append", &store, &[1, 2, 10]));
    assert!(appends.finish(&mut Report::default()).success());
    let history = block_on(async {
        let store = SqliteStore::open(&store).await.unwrap();
        read(&store, Horizon::START).await.unwrap()
    });
    let reader = Worker::start(command("tail", &store, &[]));
    let last = history.last().unwrap().events.last().unwrap().position;
    let seen = seen_until(&reader, last);
    assert_eq!(compare(&seen, &history), Ok(()));
    for spoil in [
        |seen: &mut Vec<Seen>| seen.truncate(5),
        |seen: &mut Vec<Seen>| *seen = [&seen[..5], &seen[6..]].concat(),
        |seen: &mut Vec<Seen>| seen.swap(5, 6),
        |seen: &mut Vec<Seen>| seen.insert(5, seen[5]),
    ] {
        let mut seen = seen.clone();
        spoil(&mut seen);
        assert!(compare(&seen, &history).is_err());
    }
}

/// The subscription is in another process; this one appends.
#[test]
fn a_subscriber_of_another_process_wakes_within_fifty_milliseconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut latencies: Vec<Duration> = block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        let subscriber = Worker::start(command("subscribe", &path, &[]));
        let mut latencies = Vec::new();
        for number in 0..21 {
            // The first append also waits until the process has started.
            let receipt = store.append(commit(1, number)).await.unwrap();
            let appended = Instant::now();
            let seen = format!("seen {}", receipt.last);
            while subscriber.line().expect("the subscriber does not end") != seen {}
            latencies.push(appended.elapsed());
            tokio::time::sleep(Duration::from_millis(number * 3)).await;
        }
        latencies
    });
    latencies.remove(0);
    latencies.sort_unstable();
    println!("median {:?}, longest {:?}", latencies[10], latencies[19]);
    assert!(latencies[10] < Duration::from_millis(50), "{latencies:?}");
}

fn writer(store: &Path, process: u64) -> Worker {
    Worker::start(command("append", store, &[process * TASKS, TASKS, 0]))
}

/// A position, and the commit that the reader saw there.
type Seen = (u64, Uuid);

fn seen_until(reader: &Worker, last: u64) -> Vec<Seen> {
    let mut seen = Vec::new();
    while seen.last().is_none_or(|(position, _)| *position < last) {
        let line = reader.line().expect("the reader does not end");
        let mut words = line.split(' ').skip(1);
        let position = words.next().unwrap().parse().unwrap();
        seen.push((position, words.next().unwrap().parse().unwrap()));
    }
    seen
}

fn compare(seen: &[Seen], history: &[Read]) -> Result<(), String> {
    if !seen.is_sorted_by(|one, next| one.0 < next.0) {
        return Err("positions do not rise".to_owned());
    }
    let events = history.iter().flat_map(|read| {
        let id = read.header.id;
        read.events.iter().map(move |event| (event.position, id))
    });
    let seen = seen.iter().copied();
    match seen
        .clone()
        .zip(events.clone())
        .find(|(seen, event)| seen != event)
    {
        Some((seen, event)) => Err(format!("{seen:?} was seen, {event:?} is there")),
        None if seen.len() == events.count() => Ok(()),
        None => Err("not as much was seen as is there".to_owned()),
    }
}
