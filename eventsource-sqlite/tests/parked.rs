//! Parked keys in the file.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_core::read_model::{Generation, Parking, WriteError};
use eventsource_core::{
    Aggregate, Apply, EventLog, Id, Key, Position, Project, Projection, ReadModel, ReadModelStore,
    Recorded, Repository, Runner, WaitOutcome, event,
};
use serde::{Deserialize, Serialize};
use support::models::{claim, model, put, step};
use support::open;

const LONG: Duration = Duration::from_secs(20);

static IS_MENDED: AtomicBool = AtomicBool::new(false);

#[event]
enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, event = CartEvent(ItemAdded))]
struct Demand {
    added: u64,
}

impl Project<CartEvent, Result<(), &'static str>> for Demand {
    fn project(&mut self, recorded: &Recorded<CartEvent>) -> Result<(), &'static str> {
        let CartEvent::ItemAdded { sku } = &recorded.event;
        self.added += 1;
        let is_bad = sku == "tea" && !IS_MENDED.load(Ordering::SeqCst);
        if is_bad { Err("no tea") } else { Ok(()) }
    }
}

/// The parked keys are read through another handle of the file, as in another process.
#[tokio::test]
async fn what_is_parked_is_seen_and_unparked_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, elsewhere) = (open(&path).await, open(&path).await);
    let running = Runner::new(store.clone(), store.clone())
        .project::<Demand>()
        .start()
        .await
        .unwrap();
    let carts =
        Repository::<Cart>::new(store.clone()).with_read_models(store.clone(), store.clone());
    for (sku, expected) in [
        ("tea", WaitOutcome::Parked(Key::of("tea"))),
        ("milk", WaitOutcome::Reached),
        ("tea", WaitOutcome::Parked(Key::of("tea"))),
    ] {
        let added = CartEvent::ItemAdded {
            sku: sku.to_owned(),
        };
        let decided = carts.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(added.clone()));
        let seen = decided.seen_by::<Demand>(LONG).await.unwrap();
        assert_eq!(seen.wait.unwrap(), expected);
    }
    let people = rusqlite::Connection::open(&path).unwrap();
    let select = "SELECT parts, parked_keys.position, reason FROM parked_keys
        JOIN models USING (model) WHERE name = 'demand'";
    let parked: (String, u64, String) = people
        .query_row(select, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(parked, (r#"["tea"]"#.to_owned(), 1, "no tea".to_owned()));

    let demand = ReadModel::<Demand>::new(elsewhere.clone(), elsewhere.clone());
    while demand.parked(None, 1).await.unwrap()[0].attempts < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    IS_MENDED.store(true, Ordering::SeqCst);
    // By itself it would be tried after eight seconds.
    assert!(demand.unpark("tea").await.unwrap());
    let asked = std::time::Instant::now();
    let head = elsewhere.head().await.unwrap();
    while demand.wait_for(head.position(), LONG).await.unwrap() != WaitOutcome::Reached {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(demand.get("tea").await.unwrap().unwrap().added, 2);
    running.stop().await;
}

/// Otherwise its events would be parked beside rows that were not written.
#[tokio::test]
async fn a_step_that_is_refused_late_parks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, taken) = (open(&path).await, model("taken", 1));
    let from = claim(&store, &taken, Generation::Serving).await.unwrap();
    let people = rusqlite::Connection::open(&path).unwrap();
    people.execute_batch("CREATE TABLE taken (mine)").unwrap();
    let mut write = step((&taken, Generation::Serving), from, vec![put("milk", "1")]);
    let position = Position::new(1);
    write.parking = vec![Parking::failed(Key::of("tea"), position, "no tea")];
    let refused = store.write(write).await;
    assert!(matches!(refused, Err(WriteError::Names(_))), "{refused:?}");
    let progress = ReadModelStore::progress(&store, taken.id.clone(), Generation::Serving);
    let progress = progress.await.unwrap().unwrap();
    assert_eq!((progress.parked, progress.checkpoint), (0, from));
    for table in ["parked_keys", "parked_events"] {
        let count = format!("SELECT count(*) FROM {table}");
        let count: u64 = people.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{table}");
    }
}
