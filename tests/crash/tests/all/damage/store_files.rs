//! The files of an undamaged store.

use std::collections::HashSet;
use std::fs;

use eventsource_core::{Horizon, StreamStore, Tag};
use eventsource_crash_tests::commit;
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::support::history::{Read, ReadEvent, read};
use crate::support::{block_on, fast_folder};

/// The files of a store and the history that is stored in them.
#[derive(Clone)]
pub(crate) struct StoreFiles {
    pub(crate) history: Vec<Read>,
    pub(crate) main: Vec<u8>,
    /// The write-ahead log, with the commits since the last checkpoint.
    pub(crate) log: Option<Vec<u8>>,
}

const COMMITS: u64 = 200;

impl StoreFiles {
    /// Builds a store that was closed: the main file has everything.
    pub(crate) fn closed() -> Self {
        Self::with_log(false)
    }

    /// Builds a store whose process was killed: the log has the second half of the commits.
    pub(crate) fn at_work() -> Self {
        Self::with_log(true)
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &ReadEvent> {
        self.history.iter().flat_map(|read| &read.events)
    }

    pub(crate) fn tags(&self) -> Vec<Tag> {
        let tags: HashSet<&Tag> = self.events().flat_map(|it| &it.event.tags).collect();
        tags.into_iter().cloned().collect()
    }

    fn with_log(has_log: bool) -> Self {
        let folder = fast_folder();
        let path = folder.path().join("store.db");
        block_on(async {
            let store = SqliteStore::open(&path).await.unwrap();
            for number in 0..COMMITS {
                if number == COMMITS / 2 {
                    let other = Connection::open(&path).unwrap();
                    other
                        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                        .unwrap();
                }
                store.append(commit(1, number)).await.unwrap();
            }
            let history = read(&store, Horizon::START).await.unwrap();
            if !has_log {
                store.close().await;
            }
            let main = fs::read(&path).unwrap();
            let log = has_log.then(|| fs::read(folder.path().join("store.db-wal")).unwrap());
            store.close().await;
            Self { history, main, log }
        })
    }
}
