//! A short life of a store in which every kind of file is written: the log, the main file by
//! checkpoints, and both again after a restart.

use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::append::some;
use crate::models;

const WRITERS: std::ops::Range<u64> = 0..5;

/// With a read model that follows, or without.
pub(crate) async fn run(path: &str, with_model: bool) {
    for is_first in [true, false] {
        let store = crate::open(path).await;
        if with_model {
            models::beside(&store, live(&store, path, is_first)).await;
        } else {
            live(&store, path, is_first).await;
        }
        store.close().await;
    }
}

async fn live(store: &SqliteStore, path: &str, is_first: bool) {
    if is_first {
        some(store, WRITERS, 0..4).await;
        checkpoint_while_appending(store, path, "PASSIVE", 4..7).await;
        checkpoint(path, "RESTART");
        some(store, WRITERS, 7..10).await;
    } else {
        some(store, WRITERS, 10..13).await;
        checkpoint_while_appending(store, path, "TRUNCATE", 13..16).await;
    }
}

/// Appends these commits of each writer, and in between writes the log back to the main file.
async fn checkpoint_while_appending(
    store: &SqliteStore,
    path: &str,
    mode: &'static str,
    numbers: std::ops::Range<u64>,
) {
    let path = path.to_owned();
    let checkpoint = tokio::task::spawn_blocking(move || checkpoint(&path, mode));
    some(store, WRITERS, numbers).await;
    checkpoint.await.expect("it does not panic");
}

fn checkpoint(path: &str, mode: &str) {
    let connection = Connection::open(path).expect("the file is there");
    let sql = format!("wal_checkpoint({mode})");
    // One that finds the file busy did what it could.
    let _ = connection.pragma_query(None, &sql, |_| Ok(()));
}
