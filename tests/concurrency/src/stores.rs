//! The stores under test.

use std::path::PathBuf;
use std::sync::Arc;

use eventsource_core::{EventStore, MemoryStore};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;

const FILE: &str = "store.db";

/// A store under test, and its folder if it has one.
#[derive(Debug)]
pub struct Tested<S> {
    /// The handles of the store.
    pub handles: Vec<S>,
    folder: Option<TempDir>,
}

/// A store of any kind.
pub type AnyStore = Arc<dyn EventStore>;

/// A store in memory.
#[must_use]
pub fn memory() -> Tested<AnyStore> {
    Tested {
        handles: vec![Arc::new(MemoryStore::new())],
        folder: None,
    }
}

/// A store in a file, opened `times` times. Each handle has a writer of its own, as in processes that
/// share the file.
///
/// # Panics
///
/// When no store can be opened.
pub async fn sqlite(times: usize) -> Tested<SqliteStore> {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut handles = Vec::new();
    for _ in 0..times {
        let path = folder.path().join(FILE);
        handles.push(SqliteStore::open(path).await.expect("the store opens"));
    }
    Tested {
        handles,
        folder: Some(folder),
    }
}

impl Tested<SqliteStore> {
    /// Erases the type of the store.
    #[must_use]
    pub fn any(self) -> Tested<AnyStore> {
        let any = |store| Arc::new(store) as AnyStore;
        Tested {
            handles: self.handles.into_iter().map(any).collect(),
            folder: self.folder,
        }
    }
}

impl<S: Clone> Tested<S> {
    /// The first handle.
    #[must_use]
    pub fn store(&self) -> S {
        self.handles[0].clone()
    }

    /// The path of the file of the store.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let folder = self.folder.as_ref().expect("the store is in a file");
        folder.path().join(FILE)
    }
}
