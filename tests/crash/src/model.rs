//! A read model of the stored events: the number of events of each stream and the last position.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, Model, RowWrite, Rows, Select, Table,
    Write,
};
use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{EventLog, Key, Position, Query, ReadModelError, ReadModelStore};
use eventsource_sqlite::SqliteStore;

/// The page size; small, so that there are many steps.
const PAGE: usize = 7;

/// The number of events and the position of the last one, by stream.
pub type Counts = BTreeMap<String, (u64, u64)>;

fn table() -> Table {
    Table::new("counts", 1, &["stream"][..])
}

fn model() -> Model {
    Model::new("counts", 1, vec![table()])
}

/// Takes the model over from its current writer.
///
/// # Errors
///
/// Fails with the error of the store.
pub async fn claim(store: &SqliteStore) -> Result<Checkpoint, ClaimError> {
    let mut claim = Claim::new(model(), Generation::Serving, store.log_id(), Uuid::now_v7());
    loop {
        match store.claim(claim.clone()).await? {
            ClaimOutcome::Granted(progress) => return Ok(progress.checkpoint),
            ClaimOutcome::Denied(lease) => claim.seen = Some(lease),
        }
    }
}

/// Advances the model by one page; `None` if there was nothing to read.
///
/// # Errors
///
/// Fails with the error of the store.
pub async fn step(
    store: &SqliteStore,
    from: Checkpoint,
) -> Result<Option<Checkpoint>, Box<dyn Error + Send + Sync>> {
    let page = store
        .read(ReadLog::new(Query::all()).after(from.at).limit(PAGE))
        .await?;
    if page.through() == from.at {
        return Ok(None);
    }
    let mut new = Counts::new();
    for event in page.events() {
        count(
            &mut new,
            event.stream.to_string(),
            event.position.offset().get(),
        );
    }
    let keys: Vec<Key> = new.keys().map(|stream| Key::of(stream.as_str())).collect();
    let select = Select::Keys(keys.clone());
    let old = store.rows(table(), Generation::Serving, select).await?;
    let old: HashMap<_, _> = old.rows.into_iter().collect();
    let mut write = Write::new(model(), Generation::Serving, from, page.through());
    let rows = keys.into_iter().zip(new.values());
    let rows = rows.map(|(key, (count, last))| {
        let before = old.get(&key).map_or(0, |row| parse(row).0);
        let row = Some(format!("[{},{last}]", before + count).into());
        RowWrite::new(0, key, row)
    });
    write.rows = rows.collect();
    write.serving = true;
    Ok(Some(store.write(write).await?))
}

/// Reads the position of the model and its rows; `None` if it was never claimed.
///
/// # Errors
///
/// Fails with the error of the store.
///
/// # Panics
///
/// Panics if a row is malformed.
pub async fn read(store: &SqliteStore) -> Result<Option<(Position, Counts)>, ReadModelError> {
    let limit = usize::MAX;
    let all = Select::After { after: None, limit };
    match store.rows(table(), Generation::Serving, all).await {
        Ok(Rows { progress, rows, .. }) => {
            let stream = |key: Key| key.text(0).expect("a stream has a name").into_owned();
            let rows = rows
                .into_iter()
                .map(|(key, row)| (stream(key), parse(&row)));
            Ok(Some((progress.checkpoint.at.position(), rows.collect())))
        }
        Err(ReadModelError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Counts an event.
pub fn count(counts: &mut Counts, stream: String, position: u64) {
    let (count, last) = counts.entry(stream).or_default();
    (*count, *last) = (*count + 1, position);
}

fn parse(row: &str) -> (u64, u64) {
    let row = row.trim_matches(['[', ']']).split_once(',');
    let (count, last) = row.expect("two numbers");
    (
        count.parse().expect("a number"),
        last.parse().expect("a number"),
    )
}
