//! An inline projection, and a fold of all events to compare its rows with.

use std::collections::BTreeMap;

use eventsource_core::store::ReadLog;
use eventsource_core::{
    EventLog, EventSet, Horizon, Key, Project, Projection, Query, ReadModel, ReadModelError,
    Recorded,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

use crate::projections::Filled;

/// The contents of a cart.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "contents", version = 1, key = root_id, events(Filled))]
pub struct Contents {
    /// The number of letters, by the index of the event in its commit.
    pub letters: BTreeMap<u64, u64>,
    /// The version of the last event.
    pub version: u64,
}

impl Project<Filled> for Contents {
    fn project(&mut self, recorded: &Recorded<Filled>) {
        *self.letters.entry(recorded.event.index).or_default() +=
            recorded.event.filler.len() as u64;
        self.version = recorded.version();
    }
}

/// Reads the rows, if the projection is registered.
///
/// # Errors
///
/// Fails if the rows cannot be read.
pub async fn contents(store: &SqliteStore) -> Result<Option<Vec<(Key, Contents)>>, String> {
    let model = ReadModel::<Contents>::new(store.clone(), store.clone());
    match model.page(None, usize::MAX).await {
        Ok(rows) => Ok(Some(rows)),
        Err(ReadModelError::NotFound(_) | ReadModelError::Rebuilding { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Folds all events of the store into rows.
///
/// # Errors
///
/// Fails if an event cannot be read or decoded.
pub async fn all_contents(store: &SqliteStore) -> Result<Vec<(Key, Contents)>, String> {
    let (mut rows, mut after) = (BTreeMap::<Key, Contents>::new(), Horizon::START);
    loop {
        let page = store
            .read(ReadLog::new(Query::all()).after(after).limit(10_000))
            .await;
        let page = page.map_err(|error| error.to_string())?;
        for event in page.events() {
            let row = rows.entry(Key::of(&event.stream.root_id())).or_default();
            let each = &mut |filled: Filled| {
                *row.letters.entry(filled.index).or_default() += filled.filler.len() as u64;
                row.version = event.version;
            };
            let decoded = EventSet::decode(&event.context(), event.payload, each);
            decoded.map_err(|error| error.to_string())?;
        }
        if page.is_complete() {
            return Ok(rows.into_iter().collect());
        }
        after = page.through();
    }
}
