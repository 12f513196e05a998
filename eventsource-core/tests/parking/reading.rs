use std::time::Duration;

use eventsource_core::testing::TestEnvironment;
use eventsource_core::{
    Aggregate, Apply, EventLog, Id, Key, MemoryReadModels, MemoryStore, Position, Repository,
    Runner, WaitOutcome,
};

use crate::ledger::{Entry, Ledger, append, booked, fail_account, ledger, post, repair_all};

const LONG: Duration = Duration::from_secs(20);

#[derive(Aggregate, Default)]
#[aggregate(event = Entry)]
struct Journal;

impl Apply<Entry> for Journal {
    fn apply(&mut self, _: Entry) {}
}

#[tokio::test]
async fn whoever_waits_for_an_event_that_waits_is_told_its_key_at_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    fail_account("ann", 2);
    for (number, accounts) in [(1, "ann"), (2, "ann"), (3, "bob"), (4, "ann")] {
        post(&store, &[accounts], number).await;
    }
    let ledger = ledger(&store, &models);
    let ann = WaitOutcome::Parked(Key::of("ann"));
    let expected = [WaitOutcome::Reached, ann.clone(), WaitOutcome::Reached, ann];
    for (at, expected) in (1..).zip(expected) {
        let waited = ledger.wait_for(Position::new(at), LONG).await.unwrap();
        assert_eq!(waited, expected, "at {at}");
    }
    running.stop().await;
}

/// An event of many means one of the keys, and one of a commit's events is enough.
#[tokio::test]
async fn whoever_waits_for_his_own_commit_is_told_of_each_event_of_it() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    let journals =
        Repository::<Journal>::new(store.clone()).with_read_models(store.clone(), models.clone());
    fail_account("ann", 2);
    fail_account("bob", 6);
    for (entries, expected) in [
        (vec![booked(&["ann"], 1)], WaitOutcome::Reached),
        (
            vec![booked(&["ann"], 2), booked(&["bob"], 2)],
            WaitOutcome::Parked(Key::of("ann")),
        ),
        (
            vec![booked(&["bob"], 3), booked(&["bob"], 4)],
            WaitOutcome::Reached,
        ),
        (
            vec![booked(&["bob"], 5), booked(&["ann", "bob"], 5)],
            WaitOutcome::Parked(Key::of("ann")),
        ),
        (
            vec![booked(&["cat", "bob"], 6)],
            WaitOutcome::Parked(Key::of("bob")),
        ),
        (vec![Entry::Noted {}], WaitOutcome::Reached),
    ] {
        let decided = journals.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(entries.clone()));
        let seen = decided.seen_by::<Ledger>(LONG).await.unwrap();
        assert_eq!(seen.wait.unwrap(), expected, "{entries:?}");
    }
    running.stop().await;
}

/// Without the request, the retry would come after a second.
#[tokio::test(start_paused = true)]
async fn what_is_unparked_is_tried_at_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    fail_account("ann", 2);
    fail_account("bob", 2);
    for number in 1..=3 {
        append(&store, &[booked(&["ann", "bob"], number)]).await;
    }
    let ledger = ledger(&store, &models);
    let head = store.head().await.unwrap();
    let waited = ledger.wait_for(head.position(), LONG).await.unwrap();
    assert_eq!(waited, WaitOutcome::Parked(Key::of("ann")));
    // Long enough until it would be tried by itself.
    while ledger
        .parked(None, 2)
        .await
        .unwrap()
        .iter()
        .any(|parked| parked.attempts < 3)
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    repair_all();
    let started = tokio::time::Instant::now();
    assert!(!ledger.unpark("cat").await.unwrap());
    assert!(ledger.unpark("bob").await.unwrap());
    while ledger.get("bob").await.unwrap().unwrap().numbers.len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ledger.get("ann").await.unwrap().unwrap().numbers, [1]);
    assert_eq!(ledger.unpark_all().await.unwrap(), 1);
    while ledger.wait_for(head.position(), LONG).await.unwrap() != WaitOutcome::Reached {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(ledger.progress().await.unwrap().unwrap().parked, 0);
    running.stop().await;
}
