//! The store of `eventsource-sqlite` in simulated processes: its own code on real files, in one thread.

use std::path::{Path, PathBuf};

use eventsource_simulation::{ExternalStore, Process};
use eventsource_sqlite::{OpenError, SqliteStore};
use tempfile::TempDir;

/// The folder of the store of one run.
#[derive(Debug)]
pub struct StoreFolder(TempDir);

impl StoreFolder {
    /// A new folder, in memory where the system has one.
    ///
    /// # Panics
    ///
    /// If no folder can be made.
    #[must_use]
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        };
        Self(folder.expect("a folder can be made"))
    }

    /// The path of the store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.0.path().join("store.db")
    }
}

impl Default for StoreFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// Opens the store of the run in a process: as it is, and as the program has it, with the faults of the
/// script.
///
/// # Errors
///
/// The store cannot be opened.
pub async fn open(
    process: &Process,
) -> Result<(SqliteStore, ExternalStore<SqliteStore>), OpenError> {
    let path = process.of_run::<StoreFolder>().store();
    let (before, after) = (process.clone(), process.clone());
    let builder = SqliteStore::builder().in_tasks(
        process.store_environment(),
        move || before.write_group(),
        move || after.wrote_group(),
    );
    let store = builder
        .environment(process.environment())
        .open(path)
        .await?;
    Ok((store.clone(), process.external(store)))
}
