//! Many watchers follow the head while many tasks write.

use std::time::Duration;

use eventsource_concurrency_tests::commits::{commit, stream};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::store::{HeadSender, HeadWatch};
use eventsource_core::{EventLog, Position, StreamStore};
use tokio::task::JoinSet;
use tokio::time::timeout;

const WRITERS: usize = 16;
const APPENDS: usize = 600;
const WATCHERS: usize = 40;
/// The last head: the appends have 1, 2 and 3 events in turn.
const LAST: u64 = (WRITERS * APPENDS / 3 * (1 + 2 + 3)) as u64;

async fn write(store: AnyStore) {
    let stream = stream();
    for number in 0..APPENDS {
        let receipt = store.append(commit(&stream, 1 + number % 3)).await;
        let stored = receipt.expect("nothing is expected of the store").last;
        let seen = store.watch().head();
        assert!(
            seen.offset() >= stored.offset(),
            "{stored} is stored, the watched head is {seen}"
        );
    }
}

/// Follows the head to the end and counts the wake-ups, each of which has to be a move.
async fn follow(mut head: HeadWatch) -> usize {
    let mut seen = head.head();
    for woken in 0.. {
        if seen == Position::new(LAST) {
            return woken;
        }
        let now = head.changed().await.expect("the store is there");
        assert!(
            now.offset() > seen.offset(),
            "the head went from {seen} to {now}"
        );
        seen = now;
    }
    unreachable!("it counts without end")
}

/// Runs writers and watchers over all handles of a store.
async fn assert_all_are_woken(handles: &[AnyStore]) {
    let (mut watchers, mut writers) = (JoinSet::new(), JoinSet::new());
    for (_, store) in (0..WATCHERS).zip(handles.iter().cycle()) {
        watchers.spawn(follow(store.watch()));
    }
    for (_, store) in (0..WRITERS).zip(handles.iter().cycle()) {
        writers.spawn(write(store.clone()));
    }
    writers.join_all().await;
    let woken = timeout(Duration::from_secs(30), watchers.join_all()).await;
    let woken = woken.expect("every watcher sees the last head");
    assert_eq!(woken.len(), WATCHERS);
    assert!(
        woken
            .iter()
            .all(|woken| (1..=WRITERS * APPENDS).contains(woken))
    );
    for store in handles {
        assert_eq!(
            store.head().await.expect("it can be read").position(),
            Position::new(LAST)
        );
        assert_eq!(store.watch().head(), Position::new(LAST));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn watchers_of_a_store_in_memory_all_see_the_last_head_and_none_sees_it_go_back() {
    assert_all_are_woken(&memory().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn watchers_of_a_store_in_a_file_all_see_the_last_head_and_none_sees_it_go_back() {
    assert_all_are_woken(&sqlite(1).await.any().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn watchers_of_two_handles_on_a_file_all_see_the_last_head_and_none_sees_it_go_back() {
    assert_all_are_woken(&sqlite(2).await.any().handles).await;
}

#[tokio::test]
#[should_panic(expected = "the head went from 7 to 7")]
async fn a_wake_without_a_move_is_noticed() {
    let head = HeadSender::new(Position::new(7));
    let following = tokio::spawn(follow(head.watch()));
    tokio::task::yield_now().await;
    head.wake();
    if let Err(panicked) = following.await {
        std::panic::resume_unwind(panicked.into_panic());
    }
}
