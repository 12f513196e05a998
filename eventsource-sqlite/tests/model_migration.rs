//! Read models of version 1 of the schema go on in today's.

mod support;

use std::path::{Path, PathBuf};

use eventsource_core::read_model::{
    ClaimError, Generation, ModelKind, Select, SelectParked, Table, WriteError, Writer,
};
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{EventLog, Horizon, Key, ReadModelError, ReadModelStore, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::models::{claim, model, put, serve, step, table};
use support::{cart, commit, open};
use tempfile::TempDir;

/// A copy of the store that a program of version 1 left.
fn old_store() -> (TempDir, PathBuf) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kept/sqlite-1.db");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::copy(kept, &path).unwrap();
    (folder, path)
}

fn lines(path: &Path, select: &str) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let mut all = file.prepare(select).unwrap();
    let all = all.query_map([], |row| row.get(0)).unwrap();
    all.map(Result::unwrap).collect()
}

const ROWS: [&str; 4] = [
    "SELECT sku || ' ' || row FROM demand_v1 ORDER BY 1",
    "SELECT sku || ' ' || row FROM demand_v2_next ORDER BY 1",
    "SELECT letter || ' ' || length || ' ' || row FROM shelves ORDER BY 1",
    "SELECT email || ' ' || row FROM emails ORDER BY 1",
];

#[tokio::test]
async fn rows_checkpoints_and_parked_keys_are_kept() {
    let (_folder, path) = old_store();
    let rows = ROWS.map(|select| lines(&path, select));
    assert!(rows.iter().all(|rows| !rows.is_empty()), "{rows:?}");
    let models =
        "SELECT concat_ws(' ', name, position, epoch, serving, state, error, tables, owner,
        iif(owner IS NULL, '', ttl), inline) FROM models ORDER BY name, version, place";
    let before = lines(&path, models);
    let parked = lines(
        &path,
        "SELECT concat_ws(' ', key, position, reason, attempts, next_attempt, unparked)
            FROM parked_keys ORDER BY 1",
    );
    assert!(!parked.is_empty());

    let store = open(&path).await;
    assert_eq!(ROWS.map(|select| lines(&path, select)), rows);
    let now = models
        .replace("place", "generation")
        .replace("version", "iif(kind = 'reactor', 0, version)");
    assert_eq!(lines(&path, &now), before);
    let now = "SELECT concat_ws(' ', parts, position, reason, attempts, next_attempt, unparked)
        FROM parked_keys ORDER BY 1";
    assert_eq!(lines(&path, now), parked);
    let commits = "SELECT 'x' FROM models WHERE commit_id IS NOT NULL OR fingerprint IS NOT NULL
        OR log <> 0 OR slice <> 0 OR starts <> 0";
    assert!(lines(&path, commits).is_empty());
    let kinds: Vec<_> = store.models().await.unwrap();
    let reactors = kinds.iter().filter(|it| it.id.kind == ModelKind::Reactor);
    assert_eq!(
        reactors.map(|it| &*it.id.name).collect::<Vec<_>>(),
        ["receipts"]
    );
}

/// Keys are found by their bytes, and come in their order.
#[tokio::test]
async fn migrated_rows_are_read_by_their_keys() {
    let (_folder, path) = old_store();
    let store = open(&path).await;
    let (after, limit) = (None, usize::MAX);
    let select = Select::After { after, limit };
    let page = store.rows(table("demand", 1), Generation::Serving, select);
    let page = page.await.unwrap().rows;
    let skus: Vec<_> = page
        .iter()
        .map(|(key, _)| key.text(0).unwrap().into_owned())
        .collect();
    assert_eq!(skus, lines(&path, "SELECT sku FROM demand_v1 ORDER BY sku"));
    for (key, row) in page {
        let select = Select::Keys(vec![key.clone()]);
        let found = store.rows(table("demand", 1), Generation::Serving, select);
        assert_eq!(found.await.unwrap().rows, [(key, row)]);
    }
}

#[tokio::test]
async fn what_users_made_on_a_table_outlives_the_migration() {
    let (_folder, path) = old_store();
    let made = "CREATE INDEX by_row ON demand_v1 (row ->> 'quantity');
        CREATE VIEW mine AS SELECT sku FROM demand_v1;
        CREATE VIEW parked AS SELECT count(*) AS n FROM parked_keys;
        CREATE TABLE seen (sku);
        CREATE TRIGGER see AFTER INSERT ON demand_v1 BEGIN INSERT INTO seen VALUES (new.sku); END";
    Connection::open(&path)
        .unwrap()
        .execute_batch(made)
        .unwrap();
    let list =
        "SELECT sql FROM sqlite_schema WHERE name IN ('by_row', 'mine', 'see') ORDER BY name";
    let (before, skus) = (
        lines(&path, list),
        lines(&path, "SELECT sku FROM mine ORDER BY 1"),
    );
    assert_eq!(before.len(), 3);
    let store = open(&path).await;
    assert_eq!(lines(&path, list), before);
    assert_eq!(lines(&path, "SELECT sku FROM mine ORDER BY 1"), skus);
    assert!(
        lines(&path, "SELECT sku FROM seen").is_empty(),
        "it did not see the copies"
    );
    assert_eq!(lines(&path, "SELECT n || '' FROM parked").len(), 1);
    store.close().await;
}

/// A parked key that is no key, and a table whose key is a number with a fraction.
#[tokio::test]
async fn a_file_that_cannot_be_migrated_stays_as_it_was() {
    for (spoil, kind) in [
        (
            "UPDATE parked_keys SET key = '[1.5]'",
            StoreErrorKind::Corrupt,
        ),
        (
            "UPDATE demand_v1 SET sku = 1.5 WHERE sku = (SELECT min(sku) FROM demand_v1)",
            StoreErrorKind::Corrupt,
        ),
        (
            "UPDATE models SET place = 'elsewhere' WHERE name = 'receipts'",
            StoreErrorKind::Corrupt,
        ),
    ] {
        let (_folder, path) = old_store();
        Connection::open(&path)
            .unwrap()
            .execute_batch(spoil)
            .unwrap();
        let error = support::store_error(SqliteStore::open(&path).await.unwrap_err());
        assert_eq!(error.kind(), kind, "{spoil}: {error}");
        let version = "SELECT user_version || '' FROM pragma_user_version";
        assert_eq!(lines(&path, version), ["1"], "{spoil}");
        assert!(!lines(&path, "SELECT name FROM models").is_empty());
    }
}

/// Another program has migrated the file to a version that this one does not know: nothing more is
/// written by this one.
#[tokio::test]
async fn a_file_that_another_program_has_migrated_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, other) = (open(&path).await, open(&path).await);
    let demand = model("demand", 1);
    serve(&store, &demand, vec![put("tea", "1")]).await;
    let from = claim(&store, &demand, Generation::Serving).await.unwrap();
    store.append(commit(&cart())).await.unwrap();
    let head = store.head().await.unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 3")
        .unwrap();
    for handle in [&store, &other] {
        let error = handle.append(commit(&cart())).await.unwrap_err();
        assert!(
            error.to_string().contains("version 3") || format!("{error:?}").contains("version 3"),
            "{error:?}"
        );
        let write = step((&demand, Generation::Serving), from, vec![put("tea", "2")]);
        match handle.write(write).await {
            Err(WriteError::Store(error)) => {
                assert_eq!(error.kind(), StoreErrorKind::Incompatible);
            }
            other => panic!("{other:?}"),
        }
        let writer = Writer::new(demand.id.clone(), Generation::Serving, from.epoch);
        let heartbeat = handle.heartbeat(writer).await;
        assert!(
            matches!(heartbeat, Err(ClaimError::Store(_))),
            "{heartbeat:?}"
        );
        assert_eq!(handle.head().await.unwrap(), head);
    }
    // As if it had been undone: the same handles go on.
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 2")
        .unwrap();
    store.append(commit(&cart())).await.unwrap();
    other.append(commit(&cart())).await.unwrap();
    let write = step((&demand, Generation::Serving), from, vec![put("tea", "2")]);
    store.write(write).await.unwrap();
}

/// A wrong row is an error, and never an answer.
#[tokio::test]
async fn a_row_that_was_changed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let demand = model("demand", 1);
    serve(&store, &demand, vec![put("milk", "1"), put("tea", "1")]).await;
    let people = Connection::open(&path).unwrap();
    let (all, key) = (
        || Select::After {
            after: None,
            limit: 9,
        },
        |sku: &str| Select::Keys(vec![Key::of(sku)]),
    );
    for spoil in [
        "UPDATE demand_v1 SET row = '2' WHERE sku = 'tea'",
        "UPDATE demand_v1 SET row_checksum = row_checksum + 1 WHERE sku = 'tea'",
        "UPDATE demand_v1 SET row_key = CAST(row_key || x'01' AS BLOB) WHERE sku = 'tea'",
        "UPDATE demand_v1 SET row_key = x'027445610000' WHERE sku = 'tea'",
    ] {
        let kept: (Vec<u8>, String, i64) = people
            .query_row(
                "SELECT row_key, row, row_checksum FROM demand_v1 WHERE sku = 'tea'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(people.execute(spoil, []), Ok(1));
        let read = store
            .rows(table("demand", 1), Generation::Serving, all())
            .await;
        match read {
            Err(ReadModelError::Store(error)) => {
                assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{spoil}");
                assert!(!error.to_string().contains("tea"), "{error}");
            }
            read => panic!("{spoil}: {read:?}"),
        }
        let milk = store
            .rows(table("demand", 1), Generation::Serving, key("milk"))
            .await
            .unwrap();
        assert_eq!(milk.rows.len(), 1);
        let back =
            "UPDATE demand_v1 SET row_key = ?1, row = ?2, row_checksum = ?3 WHERE sku = 'tea'";
        people
            .execute(back, rusqlite::params![kept.0, kept.1, kept.2])
            .unwrap();
        store
            .rows(table("demand", 1), Generation::Serving, all())
            .await
            .unwrap();
    }
    people
        .execute_batch("UPDATE models SET position = position + 1")
        .unwrap();
    let read = store
        .rows(table("demand", 1), Generation::Serving, all())
        .await;
    assert!(matches!(read, Err(ReadModelError::Store(_))), "{read:?}");
    let select = SelectParked::After {
        after: None,
        limit: 1,
    };
    store
        .parked(demand.id, Generation::Serving, select)
        .await
        .unwrap_err();
    assert_eq!(store.head().await.unwrap(), Horizon::START);
}

/// Users query the parts of keys in SQL.
#[tokio::test]
async fn parts_of_keys_stand_beside_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let pairs = Table::new("pairs", 1, &["one", "other"]);
    let pairs = eventsource_core::read_model::Model::new("pairs", 1, vec![pairs]);
    let rows = vec![
        put(&("tea", -7), "1"),
        put(&("a\0b", i64::MIN), "2"),
        put(&("tea", 8), "3"),
    ];
    serve(&store, &pairs, rows).await;
    let select = "SELECT other || ' ' || row FROM pairs WHERE one = 'tea' AND other < 8";
    assert_eq!(lines(&path, select), ["-7 1"]);
    let select = "SELECT hex(one) || ' ' || typeof(one) || ' ' || typeof(other) FROM pairs_v1
        WHERE other = -9223372036854775808";
    assert_eq!(lines(&path, select), ["610062 text integer"]);
    let select = "SELECT row FROM pairs_v1 ORDER BY row_key";
    assert_eq!(lines(&path, select), ["2", "1", "3"]);
}
