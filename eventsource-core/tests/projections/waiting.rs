use std::time::{Duration, Instant};

use eventsource_core::{
    Claim, EventStore, MemoryReadModels, MemoryStore, Model, Place, Position, ReadModelError,
    ReadModelStore, Runner, Table, Waited, uuid::Uuid,
};

use crate::meters::{Usage, read, spoil, usage};
use crate::with_causes::with_causes;

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn nobody_waits_longer_than_asked() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let usage = usage(&store, &models);
    let started = Instant::now();
    let waited = usage.wait_for(Position::new(1), SHORT).await.unwrap();
    assert_eq!(waited, Waited::Timeout);
    assert!(started.elapsed() >= SHORT);
}

#[tokio::test]
async fn one_may_wait_for_ever() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let _running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start();
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), Duration::MAX).await;
    assert_eq!(waited.unwrap(), Waited::Reached);
}

#[tokio::test]
async fn a_model_that_was_at_the_head_serves_while_nobody_writes_it() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let head = store.head().await.unwrap();
    assert_eq!(usage.wait_for(head, SHORT).await.unwrap(), Waited::Reached);
    read(&store, "kitchen", 1).await;
    let head = store.head().await.unwrap();
    assert_eq!(usage.wait_for(head, SHORT).await.unwrap(), Waited::Timeout);
    assert_eq!(usage.get("kitchen").await.unwrap().unwrap().reads, 1);
}

#[tokio::test]
async fn a_model_that_was_never_at_the_head_says_so() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "kitchen", 666).await;
    let model = Model::new("usage", 1, vec![Table::of::<Usage>()]);
    let claim = Claim::new(model, Place::Main, store.id(), Uuid::now_v7());
    models.claim(claim).await.unwrap();
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), SHORT).await.unwrap();
    let (position, head) = (Position::START, Position::new(2));
    assert_eq!(waited, Waited::Rebuilding { position, head });
    let error = usage.page(None, 10).await.unwrap_err();
    assert!(
        matches!(error, ReadModelError::Rebuilding { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_waits_for_what_failed_to_catch_up() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    spoil(&store).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Usage>();
    let error = with_causes(&runner.catch_up().await.unwrap_err());
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), Duration::MAX).await;
    assert_eq!(waited.unwrap(), Waited::Stopped(error));
}

#[tokio::test]
async fn pages_of_rows_are_complete_and_in_order() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for number in 0..50 {
        read(&store, &format!("room {number:02}"), number).await;
    }
    Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let all = usage.page(None, 100).await.unwrap();
    for size in 1..=51 {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = usage.page(after.as_ref(), size).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            rows.extend(page);
        }
        assert_eq!(rows, all, "in pages of {size}");
    }
    assert_eq!(all.len() as u64, usage.count().await.unwrap());
}
