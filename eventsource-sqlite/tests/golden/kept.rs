//! The stores that are kept, one of each version of the schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::description::Description;
use crate::history;

/// A store as a program of its time left it, and what every later program has to find in it. Neither
/// is ever written again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) version: u32,
}

impl Kept {
    /// Lists the kept stores, oldest first.
    pub(crate) async fn all() -> Vec<Self> {
        let versions = 1..=Self::present().await.version;
        let all = versions.map(|version| Self { version });
        all.filter(|kept| kept.store().exists()).collect()
    }

    /// The one of the schema that a new store gets.
    pub(crate) async fn present() -> Self {
        let (_folder, path) = new_store().await;
        let file = Connection::open(path).unwrap();
        let version = file.query_row("PRAGMA user_version", [], |row| row.get(0));
        Self {
            version: version.unwrap(),
        }
    }

    pub(crate) fn store(self) -> PathBuf {
        self.file("db")
    }

    pub(crate) fn expected(self) -> String {
        fs::read_to_string(self.file("expected")).expect("it is kept beside the store")
    }

    fn file(self, extension: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kept");
        folder.join(format!("sqlite-{}.{extension}", self.version))
    }

    /// A copy to work with.
    pub(crate) fn copy(self) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        fs::copy(self.store(), &path).expect("a store of this version is kept");
        (folder, path)
    }

    /// Makes the store of the present version, unless there is one.
    pub(crate) async fn write_present() {
        let kept = Self::present().await;
        if kept.store().exists() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        history::write(&path).await;
        let partial = kept.file("partial");
        fs::copy(&path, &partial).unwrap();
        let description = Description::of(&path).await;
        fs::write(kept.file("expected"), description.to_string()).unwrap();
        fs::rename(partial, kept.store()).unwrap();
    }
}

/// A store in which nothing has happened yet.
pub(crate) async fn new_store() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    (folder, path)
}

/// Everything of a store's file that read models have not brought: tables, views, indexes and
/// triggers, as SQL.
pub(crate) fn schema(path: &Path) -> BTreeSet<String> {
    const OF_MODELS: [&str; 4] = ["demand", "shelves", "emails", "sold"];
    let file = Connection::open(path).unwrap();
    let all =
        "SELECT tbl_name, type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema";
    let mut all = file.prepare(all).unwrap();
    let all = all
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let all = all.map(Result::<(String, String), _>::unwrap);
    let of_store = all.filter(|(table, _)| !OF_MODELS.iter().any(|name| table.starts_with(name)));
    of_store.map(|(_, sql)| sql).collect()
}
