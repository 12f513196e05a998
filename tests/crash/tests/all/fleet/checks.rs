//! Checks of the store that two processes work on.

use std::collections::HashSet;
use std::path::Path;

use eventsource_core::read_model::ModelId;
use eventsource_core::{EventLog, Horizon, Id, Position, Reactor, Repository, StreamStore};
use eventsource_crash_tests::fleet::{
    Dispatch, History, Line, ModelProgress, NEW, OldVehicle, Plate, Vehicle, commit,
};
use eventsource_crash_tests::reactions::{Counted, Tally};
use eventsource_crash_tests::{Report, number, stored};
use eventsource_sqlite::SqliteStore;

use crate::support::block_on;
use crate::support::check::{check_order, check_report};
use crate::support::history::{Read, read};

/// Checks that every load was processed and nothing is parked. A checkpoint may be behind the head if
/// no load comes after it.
pub(super) fn is_complete(path: &Path) -> Result<(), String> {
    block_on(async {
        let store = open(path).await;
        let last = Position::new(History::read(&store).await?.last_load());
        for id in ids() {
            let progress = ModelProgress::of(&store, id.clone()).await?;
            let progress = progress.ok_or_else(|| format!("{id} was never claimed"))?;
            if progress.position.offset() < last.offset() || !progress.parked.is_empty() {
                return Err(format!("{id} does not have all up to {last}: {progress:?}"));
            }
        }
        store.close().await;
        Ok(())
    })
}

/// Checks that acknowledged commits are stored once, in order and as issued, that refused ones are
/// not stored, and that an old program was refused with a reason once a new one had started.
pub(super) fn check_fleet_report(
    path: &Path,
    report: &Report,
    ruled: Option<u64>,
) -> Result<(), String> {
    let history = block_on(async {
        let store = open(path).await;
        read(&store, Horizon::START).await.unwrap()
    });
    check_order(&history)?;
    let is_load = |read: &Read| read.events[0].event.stream.category() == "vehicle";
    let loads: Vec<Read> = history.into_iter().filter(is_load).collect();
    check_report(&loads, report)?;
    let mut ids = HashSet::new();
    for load in &loads {
        let (writer, number) = number(load.header.id);
        let issued = commit(writer, number);
        let events = load.events.iter().map(|read| &read.event);
        if !ids.insert(issued.id) || !events.eq(&issued.events) {
            return Err(format!(
                "{} is not stored once, as it was issued",
                issued.id
            ));
        }
        let first = load.header.first.offset().get();
        if writer < NEW && ruled.is_some_and(|ruled| first > ruled) {
            return Err(format!("an old program appended at {first}"));
        }
    }
    check_refusals(report)
}

/// Checks that both programs were refused, each for its own reason.
fn check_refusals(report: &Report) -> Result<(), String> {
    let mut reasons = HashSet::new();
    for (id, reason) in &report.refused {
        let expected = if number(*id).0 < NEW {
            "needs:plates:1"
        } else {
            "broke:`plates`_version_1"
        };
        if reason != expected {
            return Err(format!("{id} was refused as {reason}"));
        }
        reasons.insert(expected);
    }
    println!("{} refusals: {reasons:?}", report.refused.len());
    if reasons.len() < 2 {
        return Err("not both programs were refused".to_owned());
    }
    Ok(())
}

/// Counts the event at a position once more, outside its delivery.
pub(super) async fn count_again(path: &Path, position: u64) {
    let store = open_ruled(path).await;
    let tallies = Repository::<Tally>::new(store.clone());
    let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
    tallies.execute(Id::new(), count).await.unwrap();
    store.close().await;
}

pub(super) fn ids() -> [ModelId; 3] {
    [
        ModelId::of::<OldVehicle>(),
        ModelId::of::<Vehicle>(),
        dispatch(),
    ]
}

/// The id of the reactor.
pub(super) fn dispatch() -> ModelId {
    ModelId::reactor(Dispatch::NAME)
}

/// Checks that the rows and the lines agree with the stored events.
pub(super) async fn check_store(path: &Path, since: u64, lines: &[Line]) -> Result<(), String> {
    let store = open(path).await;
    let verified = store.verify().await;
    verified.map_err(|error| error.to_string())?;
    let history = History::read(&store).await?;
    history.check_rows(&store).await?;
    let dispatched = ModelProgress::of(&store, dispatch()).await?;
    store.close().await;
    history.check_lines(
        lines,
        since,
        &dispatched.ok_or("the reactor was never claimed")?,
    )
}

pub(super) async fn positions(path: &Path) -> Vec<Position> {
    let store = open(path).await;
    let mut positions = Vec::new();
    for id in ids() {
        let progress = ModelProgress::of(&store, id).await.unwrap();
        positions.push(progress.map_or(Position::START, |progress| progress.position));
    }
    store.close().await;
    positions
}

/// The number of commits before the reactor starts.
const BEFORE: u64 = 10;

/// Appends the commits that precede the reactor, and returns the head after them.
pub(super) async fn before(path: &Path, report: &mut Report) -> u64 {
    let store = open(path).await;
    for number in 0..BEFORE {
        let commit = commit(0, number);
        let id = commit.id;
        let receipt = store.append(commit).await.unwrap();
        report.add_line(&stored(id, receipt.first.offset().get()));
    }
    store.close().await;
    head(path).await
}

pub(super) async fn head(path: &Path) -> u64 {
    let store = open(path).await;
    let head = store.head().await.unwrap();
    store.close().await;
    head.position().offset().get()
}

pub(super) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

async fn open_ruled(path: &Path) -> SqliteStore {
    let builder = SqliteStore::builder().register_inline::<Plate>();
    builder.open(path).await.unwrap()
}
