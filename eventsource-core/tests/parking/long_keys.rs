//! Keys that are longer than a key may be.

use eventsource_core::read_model::Parked;
use eventsource_core::{
    Key, MemoryReadModels, MemoryStore, Projection, ReadModel, Recorded, Runner, WaitOutcome,
};
use serde::{Deserialize, Serialize};

use crate::ledger::{Entry, Ledger, all_parked, append, booked, found, ledger, post};

async fn catch_up(store: &MemoryStore, models: &MemoryReadModels) {
    let runner = Runner::new(store.clone(), models.clone());
    runner.project::<Ledger>().catch_up().await.unwrap();
}

#[tokio::test]
async fn an_event_under_a_long_key_is_parked_and_the_others_go_on() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let (longest, long) = ("k".repeat(1_021), "k".repeat(1_022));
    post(&store, &["ann", &long], 1).await;
    post(&store, &[&longest, &long], 2).await;
    post(&store, &["ann"], 3).await;
    catch_up(&store, &models).await;

    let ledger = ledger(&store, &models);
    let numbers = async |account: &str| ledger.get(account).await.unwrap().map(|row| row.numbers);
    assert_eq!(numbers("ann").await, Some(vec![1, 3]));
    assert_eq!(numbers(&longest).await, Some(vec![2]));
    assert_eq!(numbers(&long).await, None);
    let parked = all_parked(&models, &store).await;
    assert_eq!(parked.len(), 1);
    let Parked {
        key,
        position,
        waiting,
        reason,
        ..
    } = &parked[0];
    assert_eq!((position.offset().get(), *waiting), (1, 2));
    assert_eq!(*key, Key::of(&long));
    assert!(reason.contains("more than 1024 bytes"), "{reason}");
    assert!(!format!("{parked:?} {reason}").contains("kkk"));
    assert!(
        key.text(0).is_some_and(|text| long.starts_with(&*text)),
        "it is recognised"
    );

    // The next run tries it again, and it fails again.
    post(&store, &["ann"], 4).await;
    catch_up(&store, &models).await;
    assert_eq!(numbers("ann").await, Some(vec![1, 3, 4]));
    assert_eq!(found(&models, &store).await.waiting.len(), 1);
    assert_eq!(all_parked(&models, &store).await[0].attempts, 2);
    assert!(
        ledger.unpark(&long).await.unwrap(),
        "it is found by the value itself"
    );
    let last = all_parked(&models, &store).await[0].position;
    let waited = ledger
        .wait_for(last, std::time::Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(waited, WaitOutcome::Parked(Key::of(&long)));
}

/// A commit of one event under a long key and one under a short one.
#[tokio::test]
async fn the_other_events_of_the_commit_are_projected() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let long = "é\0".repeat(800);
    append(&store, &[booked(&[&long], 1), booked(&["ann"], 2)]).await;
    catch_up(&store, &models).await;
    let row = ledger(&store, &models).get("ann").await.unwrap().unwrap();
    assert_eq!(row.numbers, [2]);
    assert_eq!(all_parked(&models, &store).await[0].key, Key::of(&long));
}

/// The same read model after its key function was changed, under the same version.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "ledger", keys = Self::accounts, columns(account), event = Entry(Booked))]
struct Shortening {
    numbers: Vec<i64>,
}

impl Shortening {
    fn accounts(recorded: &Recorded<Entry>) -> Vec<String> {
        let accounts = Ledger::accounts(recorded).into_iter();
        accounts
            .map(|account| account.chars().take(3).collect())
            .collect()
    }
}

impl eventsource_core::ProjectAt<Entry> for Shortening {
    fn project_at(&mut self, _: &Key, recorded: &Recorded<Entry>) {
        if let Entry::Booked { number, .. } = recorded.event {
            self.numbers.push(number);
        }
    }
}

/// The event may already be counted under some of its new keys.
#[tokio::test]
async fn an_event_whose_key_function_was_changed_stays_parked() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let long = "k".repeat(2_000);
    post(&store, &[&long], 1).await;
    catch_up(&store, &models).await;
    let runner = Runner::new(store.clone(), models.clone());
    runner.project::<Shortening>().catch_up().await.unwrap();
    let rows = ReadModel::<Shortening>::new(store.clone(), models.clone());
    let parked = rows.parked(None, 9).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].reason.contains("raise the version"),
        "{}",
        parked[0].reason
    );
    post(&store, &["kkkk"], 2).await;
    let runner = Runner::new(store.clone(), models.clone());
    runner.project::<Shortening>().catch_up().await.unwrap();
    assert_eq!(rows.get("kkk").await.unwrap().unwrap().numbers, [2]);
}

/// A reason that quotes a document does not fill the store.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "wordy", keys = Ledger::accounts, columns(account), event = Entry(Booked))]
struct Wordy {}

impl eventsource_core::ProjectAt<Entry, Result<(), String>> for Wordy {
    fn project_at(&mut self, _: &Key, _: &Recorded<Entry>) -> Result<(), String> {
        Err("é".repeat(100_000))
    }
}

#[tokio::test]
async fn a_reason_is_cut() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    post(&store, &["ann"], 1).await;
    let runner = Runner::new(store.clone(), models.clone());
    runner.project::<Wordy>().catch_up().await.unwrap();
    let parked = ReadModel::<Wordy>::new(store, models)
        .parked(None, 9)
        .await
        .unwrap();
    assert_eq!(parked[0].reason.len(), Parked::REASON_BYTES);
}

/// A projection that is to stop on every error stops on a long key as well.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "strict", keys = Ledger::accounts, columns(account), event = Entry(Booked), stop_on_error)]
struct Strict {}

impl eventsource_core::ProjectAt<Entry> for Strict {
    fn project_at(&mut self, _: &Key, _: &Recorded<Entry>) {}
}

#[tokio::test]
async fn a_projection_that_stops_on_errors_stops() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    post(&store, &[&"k".repeat(2_000)], 1).await;
    let runner = Runner::new(store, models).project::<Strict>();
    let error = runner.catch_up().await.unwrap_err();
    let text = crate::with_causes::with_causes(&error);
    assert!(text.contains("more than 1024 bytes"), "{text}");
}
