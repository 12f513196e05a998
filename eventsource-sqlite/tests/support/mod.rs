//! Support code of several tests.
#![allow(dead_code, reason = "not every test needs all of it")]

pub(crate) mod accounts;
pub(crate) mod model_sums;
pub(crate) mod models;
#[path = "../../../eventsource-core/tests/errors/with_causes.rs"]
pub(crate) mod with_causes;

use std::path::Path;
use std::process::Command;

use eventsource_core::store::{Commit, NewEvent, ReadLog, StoreError};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventLog, Horizon, Query, StreamId};
use eventsource_sqlite::{OpenError, SqliteStore};

pub(crate) const STORE: &str = "EVENTSOURCE_STORE";

pub(crate) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

/// The error of a store that could not be opened, where no inline projection was refused.
pub(crate) fn store_error(error: OpenError) -> StoreError {
    match error {
        OpenError::Store(error) => error,
        error => panic!("{error}"),
    }
}

pub(crate) fn cart() -> StreamId {
    StreamId::new("cart", Uuid::now_v7())
}

pub(crate) fn event(stream: &StreamId) -> NewEvent {
    NewEvent::new(
        stream.clone(),
        "cart.opened",
        1,
        Codec::Json,
        br#"{"a":1}"#.to_vec(),
    )
}

/// A commit of one event.
pub(crate) fn commit(stream: &StreamId) -> Commit {
    Commit::new(Uuid::now_v7(), vec![event(stream)])
}

/// The ids of all commits, and a check that no event is missing.
pub(crate) async fn commit_ids(store: &SqliteStore) -> Vec<Uuid> {
    let (mut ids, mut after) = (Vec::new(), Horizon::START);
    loop {
        let page = store
            .read(ReadLog::new(Query::all()).after(after))
            .await
            .unwrap();
        ids.extend(page.events().map(|event| event.commit.id));
        if page.is_complete() {
            ids.dedup();
            return ids;
        }
        after = page.through();
    }
}

/// Another process that runs one ignored test of this file on a store.
pub(crate) fn child(test: &str, store: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(STORE, store);
    child
}

/// The store on which a child works; `None` if it was not started as one.
pub(crate) fn store_of_child() -> Option<std::path::PathBuf> {
    std::env::var_os(STORE).map(Into::into)
}
