//! Two handles of one store, as two processes have them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_core::store::{
    Expect, Fingerprint, Freshness, Imported, ReadLog, ReadStream, Snapshot,
};
use eventsource_core::{Filter, Query, StreamId, Timestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Store;
use super::bed::{Bed, Handle};
use super::support::{
    Tail, append, at, cart, commit, event, events, is_conflict, race, read_all, read_stream,
};

const WRITERS: usize = 8;
const COMMITS: usize = 12;

/// Eight writers on each of two handles, and readers on both: of all events and of some, in small
/// pages and in pages to the head.
pub(super) async fn readers_at_the_tail_of_two_handles_miss_nothing([one, other]: [Handle; 2]) {
    let rare = || Query::from(Filter::new().name("cart.rare"));
    let (ended, mut readers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for tail in [
        Tail::new(&one, Query::all()),
        Tail::new(&other, Query::all()).with_large_pages(),
        Tail::new(&one, rare()).with_large_pages(),
        Tail::new(&other, rare()),
    ] {
        readers.spawn(tail.follow(Arc::clone(&ended)));
    }
    let mut writers = JoinSet::new();
    for writer in 0..2 * WRITERS {
        let store = [&one, &other][writer % 2].store();
        writers.spawn(async move { write_noted_and_rare(&store).await });
    }
    writers.join_all().await;
    ended.store(true, Ordering::SeqCst);
    for tail in readers.join_all().await {
        tail.missed_nothing().await;
    }
}

async fn write_noted_and_rare(store: &Store) {
    let stream = cart();
    for _ in 0..COMMITS {
        let mut both = events(&stream, 2);
        both[0].name = "cart.rare".into();
        store.append(commit(both)).await.unwrap();
        // So that readers come between.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Sixteen times, without an expectation that would tell the second one.
pub(super) async fn the_same_commit_at_once_is_stored_once([one, other]: [Handle; 2]) {
    for round in 1..=10 {
        let new = commit(events(&cart(), 2));
        let start = Arc::new(Barrier::new(16));
        let mut tasks = JoinSet::new();
        for task in 0..16 {
            let store = [&one, &other][task % 2].store();
            let (new, start) = (new.clone(), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                store.append(new).await.unwrap()
            });
        }
        let receipts = tasks.join_all().await;
        assert_eq!(receipts.iter().filter(|it| !it.repeated).count(), 1);
        let first = receipts[0].clone().into_repeated();
        assert!(receipts.into_iter().all(|it| it.into_repeated() == first));
        assert_eq!(read_all(&one, &Query::all(), 100).await.len(), 2 * round);
    }
}

/// Two that expect the same of a stream, one over each handle.
pub(super) async fn of_two_with_one_expectation_one_is_stored([one, other]: [Handle; 2]) {
    for round in 0..40 {
        let stream = cart();
        let mut expect = Expect::NoStream(stream.clone());
        for version in 1..=2 {
            let both = || commit(events(&stream, 1)).expect(expect.clone());
            let answers = race([&one, &other], [both(), both()]).await;
            let stored: Vec<_> = answers.iter().flatten().collect();
            assert_eq!(stored.len(), 1, "round {round}, {expect:?}: {answers:?}");
            assert!(answers.iter().any(is_conflict), "{answers:?}");
            assert_eq!(stored[0].revision().version(), version);
            expect = at(&stream, stored[0].revision());
        }
        assert_eq!(read_stream(&one, &stream, 10).await.len(), 2);
    }
}

/// Such commits do not deadlock.
pub(super) async fn commits_over_streams_in_either_order_all_end(bed: Bed) {
    let handles = [bed.open().await, bed.open().await];
    let stream = cart();
    let sibling = bed.sibling(&stream);
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = handles[task % 2].store();
        let mut order = [stream.clone(), sibling.clone()];
        if task >= 4 {
            order.reverse();
        }
        tasks.spawn(async move {
            for _ in 0..10 {
                let both = order.each_ref().map(|stream| event(stream, "both"));
                store.append(commit(both.into())).await.unwrap();
            }
        });
    }
    let ended = tokio::time::timeout(Duration::from_secs(10), tasks.join_all()).await;
    assert!(ended.is_ok(), "all of them end");
    for stream in [stream, sibling] {
        let seen = read_stream(&handles[0], &stream, 1_000).await;
        assert!(seen.iter().map(|event| event.version).eq(1..=80));
    }
}

/// Every method reads it as soon as it is acknowledged.
pub(super) async fn what_one_handle_wrote_the_other_reads([one, other]: [Handle; 2]) {
    let category = format!("c{}", Uuid::now_v7().simple());
    for round in 0..300 {
        let (writer, reader) = match round % 2 {
            0 => (&one, &other),
            _ => (&other, &one),
        };
        let stream = StreamId::new(category.clone(), Uuid::now_v7());
        let before = writer.head().await.unwrap();
        let receipt = append(writer, &stream, 1).await;
        assert_eq!(reader.head().await.unwrap(), receipt.horizon());
        let read = ReadLog::new(Query::all()).after(before).limit(10);
        let page = reader.read(read).await.unwrap();
        let seen: Vec<_> = page.events().map(|event| event.position).collect();
        assert_eq!(seen, [receipt.last]);
        let read = ReadStream::backward(stream.clone(), u64::MAX);
        let read = read.freshness(Freshness::AtLeast(receipt.last));
        let page = reader.read_stream(read).await.unwrap();
        assert_eq!(page.last().unwrap().revision(), receipt.revision());
        let found = reader.receipt(stream.clone(), receipt.commit_id).await;
        assert_eq!(found.unwrap().as_ref(), Some(&receipt));
        let listed = reader.root_ids("", stream.category(), None, 1_000).await;
        let listed = listed.unwrap();
        assert_eq!(listed.len(), round + 1);
        assert!(listed.contains(&stream.root_id()));
    }
}

/// One handle keeps a snapshot, and the other one reads it.
pub(super) async fn a_snapshot_of_one_handle_is_read_by_the_other([one, other]: [Handle; 2]) {
    let (Some(keeper), Some(reader)) = (one.keeps_snapshots(), other.keeps_snapshots()) else {
        return;
    };
    let (stream, fingerprint) = (cart(), Fingerprint::from_bytes([3; 32]));
    for version in 1..=20 {
        let revision = append(&one, &stream, 1).await.revision();
        assert_eq!(revision.version(), version);
        let new = Snapshot::new(stream.clone(), fingerprint, revision, vec![b'1'; 3]);
        keeper.keep(new.clone()).await.unwrap();
        let kept = reader.newest(stream.clone(), fingerprint).await.unwrap();
        assert_eq!(kept, Some(new));
    }
}

/// A watch that began at the start would report every stored event as new.
pub(super) async fn a_watch_of_a_new_handle_begins_at_the_head(bed: Bed) {
    let one = bed.open().await;
    let last = append(&one, &cart(), 3).await.last;
    let new = bed.open().await;
    let head = new.watch().head();
    assert_eq!(head, last);
}

/// An append of another handle wakes the watch. It is not woken where the head is.
pub(super) async fn a_watch_is_woken_when_the_other_handle_moves_the_head_and_only_then(
    [one, other]: [Handle; 2],
) {
    let mut head = other.watch();
    let mut seen_head = head.head();
    for round in 0..10 {
        let writer = if round % 3 == 0 { &other } else { &one };
        let last = append(writer, &cart(), 2).await.last;
        while seen_head.offset() < last.offset() {
            let woken = tokio::time::timeout(Duration::from_secs(5), head.changed()).await;
            let now = woken.expect("it is woken").expect("the store is there");
            assert!(now.offset() > seen_head.offset(), "{now} after {seen_head}");
            seen_head = now;
        }
        assert_eq!(seen_head, last);
    }
}

/// The first open makes the store, and the others open the same one.
pub(super) async fn a_new_store_is_opened_five_times_at_once(bed: Bed) {
    let mut opens = JoinSet::new();
    for _ in 0..5 {
        let bed = bed.clone();
        opens.spawn(async move { bed.open().await });
    }
    let handles = opens.join_all().await;
    let id = handles[0].id();
    for handle in &handles {
        assert_eq!(handle.id(), id);
        append(handle, &cart(), 1).await;
    }
    for handle in &handles {
        assert_eq!(read_all(handle, &Query::all(), 10).await.len(), 5);
    }
}

/// Each is stored, and a reader at the tail misses none of both.
pub(super) async fn a_reader_beside_an_import_misses_nothing([one, other]: [Handle; 2]) {
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let store = one.store();
        writers.spawn(async move { write_noted_and_rare(&store).await });
    }
    let importer = other.store();
    let imports = tokio::spawn(async move {
        let mut time: Timestamp = "2200-01-01T00:00:00Z".parse().unwrap();
        for _ in 0..6 {
            time = Timestamp::from_micros(time.as_micros() + 1);
            let new = |stream: StreamId| Imported::new(commit(events(&stream, 2)), time);
            let receipts = importer.import(vec![new(cart()), new(cart())]).await;
            assert_eq!(receipts.unwrap()[1].recorded_at, time);
        }
    });
    let ended = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(Tail::new(&one, Query::all()).follow(Arc::clone(&ended)));
    writers.join_all().await;
    imports.await.unwrap();
    ended.store(true, Ordering::SeqCst);
    reader.await.unwrap().missed_nothing().await;
}
