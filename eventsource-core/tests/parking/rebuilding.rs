use std::time::Duration;

use eventsource_core::read_model::{MaintainError, RunState};
use eventsource_core::runner::ProjectionError;
use eventsource_core::{
    EventLog, Key, MemoryReadModels, MemoryStore, ProjectAt, Projection, ReadModel, ReadModelError,
    Recorded, Runner, WaitOutcome,
};
use serde::{Deserialize, Serialize};

use crate::ledger::{
    Entry, Ledger, fail_account, fail_if_broken, found, ledger, post, repair_all, truth,
};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_rebuild_with_more_parked_keys_is_refused_and_the_old_rows_stay() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 3);
    for number in 1..=3 {
        post(&store, &["ann", "bob"], number).await;
    }
    let running = Runner::new(store.clone(), models.clone())
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    let ledger = ledger(&store, &models);
    let head = store.head().await.unwrap();
    ledger.wait_for(head.position(), LONG).await.unwrap();
    let before = found(&models, &store).await;
    // As many as before are no reason.
    running.rebuild::<Ledger>().await.unwrap();
    assert_eq!(found(&models, &store).await, before);

    fail_account("bob", 2);
    let error = running.rebuild::<Ledger>().await.unwrap_err();
    let more = MaintainError::MoreParked {
        model: "`ledger` version 1".to_owned(),
        beside: 2,
        main: 1,
    };
    assert_eq!(error.to_string(), more.to_string());
    assert!(matches!(
        error,
        ProjectionError::Maintain(MaintainError::MoreParked { .. })
    ));
    assert_eq!(found(&models, &store).await, before);
    post(&store, &["cat"], 4).await;
    let head = store.head().await.unwrap();
    assert_eq!(
        ledger.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(running.status()[0].state, RunState::Running);
    repair_all();
    running.rebuild::<Ledger>().await.unwrap();
    assert_eq!(found(&models, &store).await, truth(&store).await);
    assert_eq!(running.status()[0].parked, 0);
    running.stop().await;
}

/// The same, of a later program.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "ledger", version = 2, keys = Ledger::accounts, columns(account), event = Entry(Booked))]
struct LedgerV2 {
    count: u64,
}

impl ProjectAt<Entry, Result<(), String>> for LedgerV2 {
    fn project_at(&mut self, key: &Key, recorded: &Recorded<Entry>) -> Result<(), String> {
        self.count += 1;
        match recorded.event {
            Entry::Booked { number, .. } => fail_if_broken(key, number),
            Entry::Noted {} => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_new_version_serves_when_no_more_of_its_keys_are_parked_than_of_the_old_one() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for number in 1..=3 {
        post(&store, &["ann", "bob"], number).await;
    }
    let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
    runner.catch_up().await.unwrap();
    fail_account("ann", 2);
    let running = Runner::new(store.clone(), models.clone())
        .project::<LedgerV2>()
        .start()
        .await
        .unwrap();
    let later = ReadModel::<LedgerV2>::new(store.clone(), models.clone());
    let head = store.head().await.unwrap();
    let waited = later.wait_for(head.position(), LONG).await.unwrap();
    assert_eq!(waited, WaitOutcome::Parked(Key::of("ann")));
    let error = later.get("bob").await.unwrap_err();
    assert!(
        matches!(error, ReadModelError::Rebuilding { parked: 1, .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "`ledger` version 2 is being built: at position 3 of 3, with 1 parked key(s), and it does \
         not serve with more of them than the version before it; read it when it is there"
    );
    assert_eq!(ledger(&store, &models).count().await.unwrap(), 2);
    repair_all();
    later.unpark_all().await.unwrap();
    while later.wait_for(head.position(), LONG).await.unwrap() != WaitOutcome::Reached {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(later.get("ann").await.unwrap().unwrap().count, 3);
    running.stop().await;
}
