//! A file of events that others follow, each time into a new file.

use std::path::PathBuf;

use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::Result;
use crate::limit;
use crate::seed::Seed;

/// A file of events, open for the framework and by hand.
pub(super) struct Followed {
    pub(super) seed: Seed,
    pub(super) store: SqliteStore,
    pub(super) connection: rusqlite::Connection,
    pub(super) runtime: Runtime,
    directory: TempDir,
    rounds: u32,
}

impl Followed {
    pub(super) fn prepare(seed: Seed) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("events.db");
        let runtime = Runtime::new()?;
        runtime.block_on(seed.fill(&path))?;
        Ok(Self {
            seed,
            store: runtime.block_on(SqliteStore::open(&path))?,
            connection: limit::open(&path)?,
            runtime,
            directory,
            rounds: 0,
        })
    }

    /// The path of a file that is not there yet.
    pub(super) fn next_file(&mut self) -> PathBuf {
        self.rounds += 1;
        let name = format!("followed-{}.db", self.rounds);
        self.directory.path().join(name)
    }
}
