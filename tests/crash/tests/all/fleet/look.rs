//! What is in the store of two processes, and whether it is what it has to be.

use std::collections::HashSet;
use std::path::Path;

use eventsource_core::read_model::{Model, Table};
use eventsource_core::{EventLog, Horizon, Id, Position, Reactor, Repository, StreamStore};
use eventsource_crash_tests::fleet::{
    Dispatch, History, Line, NEW, OldWagon, Plate, Taken, Wagon, commit,
};
use eventsource_crash_tests::reactions::{Counted, Tally};
use eventsource_crash_tests::{Told, number, stored};
use eventsource_sqlite::SqliteStore;

use crate::support::block_on;
use crate::support::check::{as_told, in_order};
use crate::support::history::{Read, read};

/// Every load was taken, and nothing is parked. How far somebody has looked after that need not
/// be written down.
pub(super) fn is_complete(path: &Path) -> Result<(), String> {
    block_on(async {
        let store = open(path).await;
        let last = Position::new(History::read(&store).await?.last_load());
        for table in tables() {
            let taken = Taken::of(&store, table.clone()).await?;
            let taken = taken.ok_or_else(|| format!("nobody began with {table}"))?;
            if taken.position.offset() < last.offset() || !taken.parked.is_empty() {
                return Err(format!("{table} does not have all up to {last}: {taken:?}"));
            }
        }
        store.close().await;
        Ok(())
    })
}

/// What was acknowledged is stored once, in order and as it was issued, and what was refused is
/// not; an old program was refused once a new one was there, and told why.
pub(super) fn check_told(path: &Path, told: &Told, ruled: Option<u64>) -> Result<(), String> {
    let history = block_on(async {
        let store = open(path).await;
        read(&store, Horizon::START).await.unwrap()
    });
    in_order(&history)?;
    let is_load = |read: &Read| read.events[0].event.stream.category() == "wagon";
    let loads: Vec<Read> = history.into_iter().filter(is_load).collect();
    as_told(&loads, told)?;
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
    check_refusals(told)
}

/// Both programs were refused, each for a reason of its own.
fn check_refusals(told: &Told) -> Result<(), String> {
    let mut reasons = HashSet::new();
    for (id, reason) in &told.refused {
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
    println!("{} refusals: {reasons:?}", told.refused.len());
    if reasons.len() < 2 {
        return Err("not both programs were refused".to_owned());
    }
    Ok(())
}

/// Counts what is at a position, but not for its delivery.
pub(super) async fn count_again(path: &Path, position: u64) {
    let store = open_ruled(path).await;
    let tallies = Repository::<Tally>::new(store.clone());
    let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
    tallies.execute(Id::new(), count).await.unwrap();
    store.close().await;
}

pub(super) fn tables() -> [Table; 3] {
    [Table::of::<OldWagon>(), Table::of::<Wagon>(), dispatch()]
}

/// What the reactor is known as.
pub(super) fn dispatch() -> Table {
    Model::reactor(Dispatch::NAME).known_as()
}

/// Everything that is stored fits what was taken of it.
pub(super) async fn look(path: &Path, since: u64, lines: &[Line]) -> Result<(), String> {
    let store = open(path).await;
    let verified = store.verify().await;
    verified.map_err(|error| error.to_string())?;
    let history = History::read(&store).await?;
    history.check_rows(&store).await?;
    let dispatched = Taken::of(&store, dispatch()).await?;
    store.close().await;
    history.check_lines(lines, since, &dispatched.ok_or("nobody dispatches")?)
}

pub(super) async fn positions(path: &Path) -> Vec<Position> {
    let store = open(path).await;
    let mut positions = Vec::new();
    for table in tables() {
        let taken = Taken::of(&store, table).await.unwrap();
        positions.push(taken.map_or(Position::START, |taken| taken.position));
    }
    store.close().await;
    positions
}

/// So many commits are there before anybody dispatches.
const BEFORE: u64 = 10;

/// Appends what is there before, and tells where it ends.
pub(super) async fn before(path: &Path, told: &mut Told) -> u64 {
    let store = open(path).await;
    for number in 0..BEFORE {
        let commit = commit(0, number);
        let id = commit.id;
        let receipt = store.append(commit).await.unwrap();
        told.hear(&stored(id, receipt.first.offset().get()));
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
    let options = SqliteStore::options().register_inline::<Plate>();
    options.open(path).await.unwrap()
}
