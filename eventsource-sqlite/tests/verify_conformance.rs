//! The contracts of `verify`.

#[path = "support/bed.rs"]
mod bed;

use std::sync::Arc;

use eventsource_conformance::verify::{Harm, ROWS, TestBed};
use eventsource_core::values::SystemEnvironment;
use eventsource_core::{Key, Position, ReadError, ReadModelStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use bed::SqliteBed;

impl TestBed for SqliteBed {
    type Store = SqliteStore;

    async fn open(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
        Arc::new(store.clone())
    }

    async fn verify(&self, store: &SqliteStore) -> Result<(), ReadError> {
        store.verify().await
    }

    async fn close(&self, store: &SqliteStore) {
        store.close().await;
    }

    async fn harm(&self, harm: Harm) -> bool {
        let file = Connection::open(self.path()).unwrap();
        drop_triggers(&file);
        match harm {
            Harm::PayloadChanged(at) => {
                let change = "UPDATE events SET payload = replace(payload, '4', '5')";
                change_one(&file, &format!("{change} WHERE position = {at}"));
            }
            Harm::EventLost(at) => {
                change_one(&file, &format!("DELETE FROM events WHERE position = {at}"));
            }
            Harm::MetadataChanged(at) => {
                let change = "UPDATE commits SET metadata = replace(metadata, 'clerk', 'thief')";
                change_one(&file, &format!("{change} WHERE first_position = {at}"));
            }
            Harm::CommitLost(at) => {
                change_one(
                    &file,
                    &format!("DELETE FROM commits WHERE first_position = {at}"),
                );
            }
            Harm::StreamEndMoved(at) => {
                let change = "UPDATE streams SET version = version - 1";
                change_one(&file, &format!("{change} WHERE position = {at}"));
            }
            Harm::TagEntryLost(at) => {
                change_one(&file, &format!("DELETE FROM tags WHERE position = {at}"));
            }
            Harm::CommitIdLost(at) => lose_commit_id(&file, at),
            Harm::RowChanged(key) => change_row(&file, &key),
            _ => return false,
        }
        true
    }
}

/// Drops the triggers, which refuse most changes.
fn drop_triggers(file: &Connection) {
    let all = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut all = file.prepare(all).unwrap();
    let names = all.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let names: Vec<_> = names.map(Result::unwrap).collect();
    for name in names {
        file.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
}

fn change_one(file: &Connection, sql: &str) {
    assert_eq!(file.execute(sql, []).unwrap(), 1, "{sql}");
}

/// The index is made again without the entry, under a definition that is taken back.
fn lose_commit_id(file: &Connection, first: Position) {
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'commits_by_id'";
    let right: String = file.query_row(sql, [], |row| row.get(0)).unwrap();
    define_index(file, &format!("{right} WHERE first_position <> {first}"));
    file.execute_batch("REINDEX commits_by_id").unwrap();
    define_index(file, &right);
}

fn define_index(file: &Connection, sql: &str) {
    file.execute_batch("PRAGMA writable_schema = ON").unwrap();
    let define = "UPDATE sqlite_schema SET sql = ?1 WHERE name = 'commits_by_id'";
    assert_eq!(file.execute(define, [sql]).unwrap(), 1);
    file.execute_batch("PRAGMA writable_schema = RESET")
        .unwrap();
}

fn change_row(file: &Connection, key: &Key) {
    let change = format!("UPDATE {ROWS}_v1 SET \"row\" = '{{\"number\":7}}' WHERE row_key = ?1");
    assert_eq!(file.execute(&change, [key.as_bytes()]).unwrap(), 1);
}

eventsource_conformance::verify_conformance!(SqliteBed::new());
