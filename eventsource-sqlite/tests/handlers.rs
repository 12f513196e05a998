//! Handlers with tables of their own.

mod support;

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::read_model::WriteError;
use eventsource_core::runner::ProjectionError;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, MemoryReadModels, Recorded, Runner, Store, StreamId, StreamStore, event,
};
use eventsource_sqlite::{SqliteHandler, SqliteStore, Transaction, handler};
use rusqlite::Connection;
use support::with_causes::with_causes;
use support::{child, open, store_of_child};

type Done = Result<(), Box<dyn Error + Send + Sync>>;

#[event]
enum CartEvent {
    ItemAdded { sku: String, quantity: u32 },
}

fn added(sku: &str) -> Commit {
    let cart = StreamId::new("cart", Uuid::now_v7());
    let payload = format!(r#"{{"sku":"{sku}","quantity":2}}"#).into_bytes();
    let event = NewEvent::new(cart, "cart.item-added", 1, Codec::Json, payload);
    Commit::new(Uuid::now_v7(), vec![event])
}

/// Counts, and then does something else.
struct Sold<F>(F);

impl<F> SqliteHandler for Sold<F>
where
    F: Fn(&str, &Transaction<'_>) -> Done + Send + Sync + 'static,
{
    type Events = CartEvent;
    const NAME: &'static str = "sold";
    const VERSION: u32 = 1;

    fn create(&self, transaction: &Transaction<'_>) -> Done {
        let create = "CREATE TABLE sold (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL);
            CREATE INDEX most_sold ON sold (quantity);
            CREATE VIRTUAL TABLE words USING fts5(sku)";
        Ok(transaction.execute_batch(create)?)
    }

    fn handle(&self, recorded: &Recorded<CartEvent>, transaction: &Transaction<'_>) -> Done {
        let CartEvent::ItemAdded { sku, quantity } = &recorded.event;
        let add = "INSERT INTO sold VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity";
        transaction.execute(add, (sku, quantity))?;
        transaction.execute("INSERT INTO words VALUES (?1)", [sku])?;
        (self.0)(sku, transaction)
    }
}

async fn run<F>(store: &SqliteStore, then: F) -> Result<(), ProjectionError>
where
    F: Fn(&str, &Transaction<'_>) -> Done + Send + Sync + 'static,
{
    let runner = Runner::new(store.clone(), store.clone());
    runner.run(handler(Sold(then))).catch_up().await
}

/// Reads the quantity sold, the number of words, and the position of the handler.
fn look(path: &Path) -> (i64, i64, i64) {
    let sql = "SELECT (SELECT sum(quantity) FROM sold), (SELECT count(*) FROM words),
        (SELECT position FROM models WHERE name = 'sold')";
    let connection = Connection::open(path).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    connection.query_row(sql, [], row).unwrap()
}

async fn shop(folder: &tempfile::TempDir, events: usize) -> (SqliteStore, std::path::PathBuf) {
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    for _ in 0..events {
        store.append(added("tea")).await.unwrap();
    }
    (store, path)
}

#[tokio::test]
async fn tables_and_checkpoint_change_together() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 3).await;
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (6, 3, 3));
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (6, 3, 3));
    store.append(added("milk")).await.unwrap();
    run(&store, |_, transaction| {
        let all: Vec<String> = transaction.query("SELECT sku FROM sold", [], |row| row.get(0))?;
        assert_eq!(all, ["milk", "tea"]);
        let history = "SELECT count(*) FROM history";
        let events: i64 = transaction.query_row(history, [], |row| row.get(0))?;
        assert_eq!(events, 4);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(look(&path), (8, 4, 4));
}

#[tokio::test]
async fn an_error_undoes_the_batch_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 2).await;
    run(&store, |_, _| Ok(())).await.unwrap();
    store.append(added("tea")).await.unwrap();
    store.append(added("salt")).await.unwrap();
    let refuse = |sku: &str, _: &Transaction<'_>| match sku {
        "salt" => Err("too salty".into()),
        _ => Ok(()),
    };
    match run(&store, refuse).await {
        Err(ProjectionError::Write(WriteError::Handler(error))) => {
            assert_eq!(with_causes(&*error), "at position 4: too salty");
        }
        ran => panic!("{ran:?}"),
    }
    assert_eq!(look(&path), (4, 2, 2));
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (8, 4, 4));
}

/// Takes 3 ms for each event.
#[expect(clippy::unnecessary_wraps, reason = "as the others")]
fn slowly(_: &str, _: &Transaction<'_>) -> Done {
    thread::sleep(Duration::from_millis(3));
    Ok(())
}

/// A store with many events, in few commits.
async fn full_shop(folder: &tempfile::TempDir, events: usize) -> (SqliteStore, std::path::PathBuf) {
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let events: Vec<_> = (0..events).flat_map(|_| added("tea").events).collect();
    for events in events.chunks(store.limits().streams) {
        let filled = Commit::new(Uuid::now_v7(), events.to_vec());
        store.append(filled).await.unwrap();
    }
    (store, path)
}

/// The longest of some appends.
async fn longest_append(store: &SqliteStore) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..15 {
        let began = Instant::now();
        store.append(added("milk")).await.unwrap();
        longest = longest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    longest
}

/// The batch takes two seconds, and the lease is much shorter. The other store is what another process
/// would be: it has its own connections and locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_handler_keeps_neither_appends_nor_its_own_lease_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = full_shop(&folder, 700).await;
    let other = open(&path).await;
    let run = async |store: &SqliteStore| {
        let runner = Runner::new(store.clone(), store.clone()).lease(Duration::from_millis(300));
        runner.run(handler(Sold(slowly))).start().await.unwrap()
    };
    let running = run(&store).await;
    while Connection::open(&path)
        .unwrap()
        .prepare("SELECT * FROM sold")
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let standby = run(&other).await;
    let (here, there) = tokio::join!(longest_append(&store), longest_append(&other));
    let (_, _, position) = look(&path);
    assert!(position < 700, "it was done before the appends: {position}");
    assert!(here < Duration::from_millis(300), "{here:?}");
    assert!(there < Duration::from_millis(300), "{there:?}");
    while look(&path).2 < 730 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(look(&path), (1460, 730, 730));
    let epoch = "SELECT epoch FROM models WHERE name = 'sold'";
    let epoch = Connection::open(&path)
        .unwrap()
        .query_row(epoch, [], |row| row.get(0));
    assert_eq!(epoch, Ok(1), "nobody has taken it over");
    running.stop().await;
    standby.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_stops_does_not_wait_for_the_rest_of_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = full_shop(&folder, 1_500).await;
    let runner = Runner::new(store.clone(), store.clone());
    let running = runner.run(handler(Sold(slowly))).start().await.unwrap();
    while Connection::open(&path)
        .unwrap()
        .prepare("SELECT * FROM sold")
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    let (sold, words, position) = look(&path);
    assert!(position < 1_500, "{position}");
    assert_eq!((sold, words), (position * 2, position));
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (3_000, 1_500, 1_500));
}

#[tokio::test]
async fn an_error_undoes_no_more_than_the_last_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = full_shop(&folder, 100).await;
    store.append(added("salt")).await.unwrap();
    let refuse = |sku: &str, transaction: &Transaction<'_>| match sku {
        "salt" => Err("too salty".into()),
        _ => slowly(sku, transaction),
    };
    let error = with_causes(&run(&store, refuse).await.unwrap_err());
    assert!(error.contains("at position 101: too salty"), "{error}");
    let (sold, words, position) = look(&path);
    assert!(position > 50, "{position}");
    assert_eq!((sold, words), (position * 2, position));
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (202, 101, 101));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_takes_too_long_is_in_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 1).await;
    let salted = |sku: &str, _: &Transaction<'_>| {
        if sku == "salt" {
            thread::sleep(Duration::from_millis(80));
        }
        Ok(())
    };
    let runner = Runner::new(store.clone(), store.clone());
    let running = runner.run(handler(Sold(salted))).start().await.unwrap();
    let at = async |position| {
        let made = || {
            Connection::open(&path)
                .unwrap()
                .prepare("SELECT * FROM sold")
                .is_ok()
        };
        while !made() || look(&path).2 < position {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The answer is on its way.
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.status()[0].longest_call
    };
    assert_eq!(at(1).await, None);
    store.append(added("salt")).await.unwrap();
    let longest = at(2).await.expect("it took more than 50 ms");
    assert!(longest >= Duration::from_millis(80), "{longest:?}");
    running.stop().await;
}

#[tokio::test]
async fn tables_of_a_handler_that_failed_at_first_are_made_when_it_works() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 1).await;
    run(&store, |_, _| Err("not yet".into())).await.unwrap_err();
    let made = "SELECT count(*) FROM sqlite_schema WHERE name = 'sold'";
    let made = |connection: Connection| connection.query_row(made, [], |row| row.get::<_, i64>(0));
    assert_eq!(made(Connection::open(&path).unwrap()).unwrap(), 0);
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (2, 1, 1));
}

#[tokio::test]
async fn a_panic_is_contained() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 1).await;
    run(&store, |_, _| Ok(())).await.unwrap();
    store.append(added("tea")).await.unwrap();
    let ran = run(&store, |_, _| panic!("out of tea")).await;
    let error = with_causes(&ran.unwrap_err());
    let said = "it panicked: out of tea (stream cart/";
    assert!(error.contains(said), "{error}");
    assert!(error.ends_with(", version 1)"), "{error}");
    assert_eq!(look(&path), (2, 1, 1));
    store.append(added("tea")).await.unwrap();
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (6, 3, 3));
}

/// Each of them by itself, in several ways to say it; and the store works on.
#[tokio::test]
async fn what_is_the_stores_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = shop(&folder, 1).await;
    let demand = support::models::model("demand", 1);
    support::models::serve(&store, &demand, vec![support::models::put("tea", "1")]).await;
    let other = folder.path().join("other.db");
    let attach = format!("ATTACH '{}' AS other", other.display());
    let statements = [
        "COMMIT",
        "commit transaction",
        "END",
        "ROLLBACK",
        "BEGIN",
        "SAVEPOINT mine",
        "ROLLBACK TO step",
        "RELEASE step",
        "SELECT 1; COMMIT",
        "PRAGMA synchronous = OFF",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = 1",
        "PRAGMA writable_schema = 1",
        "PRAGMA wal_checkpoint",
        "PRAGMA user_version = 7",
        "VACUUM",
        &attach,
        "INSERT INTO store VALUES ('x', 1)",
        "UPDATE streams SET version = 7",
        "DELETE FROM snapshots",
        "UPDATE models SET position = 0",
        "DELETE FROM parked_events",
        "UPDATE parked_keys SET unparked = 1",
        "DELETE FROM EVENTS",
        "DROP TABLE tags",
        "DROP VIEW history",
        "DROP TRIGGER events_are_not_updated",
        "ALTER TABLE commits RENAME TO mine",
        "ALTER TABLE events ADD COLUMN mine",
        "CREATE TRIGGER mine AFTER INSERT ON events BEGIN DELETE FROM tags; END",
        "CREATE INDEX mine ON events (name)",
        "CREATE TEMP TABLE events (x)",
        "CREATE TEMP TRIGGER mine AFTER INSERT ON events BEGIN SELECT 1; END",
        "CREATE TABLE temp.events (x)",
        "UPDATE demand_v1 SET \"row\" = '2'",
        "DELETE FROM demand_v1",
        "DROP TABLE demand_v1",
        "DROP VIEW demand",
    ];
    let refused = Arc::new(AtomicBool::new(false));
    for statement in statements {
        let (sql, all) = (statement.to_owned(), Arc::clone(&refused));
        let ran = run(&store, move |_, transaction| {
            let cached = transaction.execute(&sql, []).is_err();
            let batch = transaction.execute_batch(&sql).is_err();
            all.store(cached && batch, Ordering::Relaxed);
            Err("undone".into())
        });
        let ran = with_causes(&ran.await.unwrap_err());
        assert!(ran.contains("undone"), "{statement}: {ran}");
        assert!(refused.load(Ordering::Relaxed), "{statement} was done");
    }
    // A handler that goes on after a refusal has what it did, once.
    run(&store, |_, transaction| {
        transaction.execute_batch("COMMIT").unwrap_err();
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(look(&path), (2, 1, 1));
    store.append(added("tea")).await.unwrap();
    store.verify().await.unwrap();
    run(&store, |_, _| Ok(())).await.unwrap();
    assert_eq!(look(&path), (4, 2, 2));
}

#[tokio::test]
async fn a_handler_needs_the_store_that_its_tables_are_in() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = shop(&folder, 1).await;
    let runner = Runner::new(store, MemoryReadModels::new());
    let runner = runner.run(handler(Sold(|_: &str, _: &Transaction<'_>| Ok(()))));
    runner.catch_up().await.unwrap_err();
}

#[tokio::test]
async fn a_handler_that_is_called_like_a_projection_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = shop(&folder, 1).await;
    support::models::serve(&store, &support::models::model("sold", 1), Vec::new()).await;
    assert_eq!(
        run(&store, |_, _| Ok(())).await.unwrap_err().to_string(),
        "`sold` version 1 was built with `sold` version 1 by sku, and is now to have \
         the tables of a handler; raise its version, so that all of it is built anew"
    );
}

#[tokio::test]
async fn after_a_kill_a_handlers_tables_and_its_checkpoint_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for round in 0..10 {
        let mut child = child("handles_for_ever", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut steps = lines
            .map_while(Result::ok)
            .filter(|line| line.contains("step"));
        for _ in 0..=round {
            steps.next().expect("it goes on for ever");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(&path).await;
        let (sold, words, position) = look(&path);
        assert_eq!((sold, words), (position * 2, position));
        assert!(
            store.head().await.unwrap().position().offset().get()
                >= u64::try_from(position).unwrap()
        );
        store.close().await;
    }
}

#[tokio::test]
#[ignore = "runs as a process of its own"]
async fn handles_for_ever() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    loop {
        for _ in 0..5 {
            store.append(added("tea")).await.unwrap();
        }
        run(&store, |_, _| Ok(())).await.unwrap();
        println!("step");
    }
}
