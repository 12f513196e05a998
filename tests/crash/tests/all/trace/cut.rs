//! A power cut at some moment of a recorded run, and the start after it.

use std::fs;
use std::path::Path;

use eventsource_core::{Horizon, StreamStore};
use eventsource_crash_tests::{Report, commit};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use super::after_power_cut::after_power_cut;
use super::disk::{Disk, Ignored};
use super::steps::Recording;
use crate::inline;
use crate::models::check_model;
use crate::support::check::check;
use crate::support::history::read;
use crate::support::{block_on, fast_folder};

/// A writer that the recorded runs do not have.
const AFTERWARDS: u64 = u64::MAX;

/// Cuts the power at the moment that the seed chooses, opens the files that are left, and checks them.
pub(crate) fn cut(steps: &Recording, seed: u64, ignored: Ignored) -> Result<(), String> {
    let mut random = Rng::with_seed(seed);
    let line = random.usize(steps.first..=steps.lines);
    let disk = Disk::cut(&steps.steps, line, ignored);
    let folder = fast_folder();
    leave(folder.path(), &disk, &mut random);
    let (store, report) = (folder.path().join("store.db"), steps.report_before(line));
    block_on(reopen(&store, &report)).map_err(|error| format!("cut at line {line}: {error}"))
}

fn leave(folder: &Path, disk: &Disk, random: &mut Rng) {
    for (name, contents) in after_power_cut(disk, random) {
        fs::write(folder.join(format!("store.db{name}")), contents).unwrap();
    }
    if random.bool() {
        // The shared-memory file is never synced, so it may have any content.
        let garbage: Vec<u8> = (0..32 * 1024).map(|_| random.u8(..)).collect();
        fs::write(folder.join("store.db-shm"), garbage).unwrap();
    }
}

async fn reopen(path: &Path, report: &Report) -> Result<(), String> {
    let store = SqliteStore::open(path).await;
    let store = store.map_err(|error| error.to_string())?;
    let checked = check_store(&store, report).await;
    store.close().await;
    checked?;
    let store = inline::open_as_registered(path).await?;
    let checked = append_and_verify(&store).await;
    store.close().await;
    checked
}

async fn check_store(store: &SqliteStore, report: &Report) -> Result<(), String> {
    let history = read(store, Horizon::START).await;
    let history = history.map_err(|error| error.to_string())?;
    check(&history, report)?;
    check_model(store, &history).await
}

async fn append_and_verify(store: &SqliteStore) -> Result<(), String> {
    inline::check_rows(store).await?;
    let appended = store.append(commit(AFTERWARDS, 0)).await;
    appended.map_err(|error| format!("it does not go on: {error}"))?;
    inline::check_rows(store).await?;
    store.verify().await.map_err(|error| error.to_string())
}
