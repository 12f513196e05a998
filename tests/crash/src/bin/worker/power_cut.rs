//! A short life of a store in which every kind of file is written: the log, the main file by
//! checkpoints, and both again after a restart.

use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::append::some;
use crate::{inline, models};

const WRITERS: std::ops::Range<u64> = 0..5;

/// The kind of read model that is maintained beside the events.
#[derive(Clone, Copy)]
pub(crate) enum ReadModelKind {
    Nothing,
    /// A read model that follows in a task.
    Model,
    /// An inline projection, from the second start on.
    Inline,
}

pub(crate) async fn run(path: &str, kind: ReadModelKind) {
    for is_first in [true, false] {
        let store = match kind {
            ReadModelKind::Inline if !is_first => inline::open(path).await,
            _ => crate::open(path).await,
        };
        let life = live(&store, path, is_first);
        match kind {
            ReadModelKind::Model => models::append_and_follow(&store, life).await,
            ReadModelKind::Nothing | ReadModelKind::Inline => life.await,
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

/// Appends these commits of each writer and meanwhile runs a checkpoint of the log.
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
    // A checkpoint of a busy file may be incomplete; that is one of the cases.
    let _ = connection.pragma_query(None, &sql, |_| Ok(()));
}
