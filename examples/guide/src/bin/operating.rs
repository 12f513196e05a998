//! Backs a store up, restores the backup, and shows what readers notice of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use eventsource_core::store::ReadLog;
use eventsource_core::{
    Aggregate, Apply, EventLog, Id, Project, Projection, Query, Recorded, Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[event]
pub enum MeterEvent {
    Read { kilowatt_hours: u64 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = MeterEvent)]
pub struct Meter {
    kilowatt_hours: u64,
}

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, MeterEvent::Read { kilowatt_hours }: MeterEvent) {
        self.kilowatt_hours = kilowatt_hours;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a meter does not go back from {0} kWh")]
pub struct GoesBack(u64);

impl Meter {
    pub fn read(&self, kilowatt_hours: u64) -> Result<MeterEvent, GoesBack> {
        if kilowatt_hours < self.kilowatt_hours {
            return Err(GoesBack(self.kilowatt_hours));
        }
        Ok(MeterEvent::Read { kilowatt_hours })
    }
}

/// How often a meter was read.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "readings", version = 1, key = root_id, event = MeterEvent)]
pub struct Readings {
    count: u64,
}

impl Project<MeterEvent> for Readings {
    fn project(&mut self, _: &Recorded<MeterEvent>) {
        self.count += 1;
    }
}

/// Copies the store, and compares every row and every commit of the copy.
async fn back_up(store: &SqliteStore, backup: &Path) -> anyhow::Result<()> {
    store.backup(backup).await?;
    let copy = SqliteStore::builder().read_only().open(backup).await?;
    copy.verify().await?;
    println!(
        "the backup is sound, and ends at position {}",
        copy.head().await?.position()
    );
    copy.close().await;
    Ok(())
}

/// Puts a backup in the place of a store that no program has open.
fn restore(backup: &Path, store: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut file = store.as_os_str().to_owned();
        file.push(end);
        if Path::new(&file).exists() {
            fs::remove_file(file)?;
        }
    }
    fs::copy(backup, store)?;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("meters.db");
    let backup = folder.path().join("backup.db");

    let store = SqliteStore::open(&path).await?;
    let meters = Repository::<Meter>::new(store.clone());
    let id = Id::from_name("the meter in the cellar");
    meters.execute(id, |meter| meter.read(100)).await?;
    back_up(&store, &backup).await?;

    let read = meters.execute(id, |meter| meter.read(120)).await?;
    let noted = read.horizon(); // as a program outside keeps it
    store.close().await;

    restore(&backup, &path)?;
    let store = SqliteStore::open(&path).await?;
    let meters = Repository::<Meter>::new(store.clone());
    println!(
        "after the restore the meter is at {} kWh",
        meters.load(id).await?.kilowatt_hours
    );
    match store.read(ReadLog::new(Query::all()).after(noted)).await {
        Ok(page) => println!("{} events more", page.len()),
        Err(error) => println!("refused: {error}"),
    }

    let running = Runner::new(store.clone(), store.clone())
        .project::<Readings>()
        .start()
        .await?;
    let again = meters.with_read_models(store.clone(), store.clone());
    let read = again.execute(id, |meter| meter.read(125));
    let seen = read.seen_by::<Readings>(Duration::from_secs(30)).await?;
    println!("the row has the new reading: {:?}", seen.wait?);
    for status in running.status() {
        println!("{}: {} keys parked", status.id, status.parked);
    }
    println!("health: {:?}", running.health());
    running.stop().await;
    store.close().await;
    Ok(())
}
