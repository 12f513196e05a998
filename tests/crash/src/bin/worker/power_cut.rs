//! A short life of a store in which every kind of file is written: the log, the main file by
//! checkpoints, and both again after a restart.

use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::append::some;
use crate::{inline, models};

const WRITERS: std::ops::Range<u64> = 0..5;

/// What is kept beside the events.
#[derive(Clone, Copy)]
pub(crate) enum Beside {
    Nothing,
    /// A read model that follows.
    Model,
    /// One that appends take along, from the second start on.
    Inline,
}

pub(crate) async fn run(path: &str, beside: Beside) {
    for is_first in [true, false] {
        let store = match beside {
            Beside::Inline if !is_first => inline::open(path).await,
            _ => crate::open(path).await,
        };
        let life = live(&store, path, is_first);
        match beside {
            Beside::Model => models::beside(&store, life).await,
            Beside::Nothing | Beside::Inline => life.await,
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
