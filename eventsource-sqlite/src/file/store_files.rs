//! The names of a store's files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use eventsource_core::store::StoreErrorKind;

use super::file_id::FileId;
use crate::fault::SqliteFault;

/// The paths of a store's main file and of its log, with the files that stood there when the store
/// was opened. A commit counts only as long as they do: other processes open what stands there.
#[derive(Debug)]
pub(crate) struct StoreFiles(Vec<(PathBuf, FileId)>);

impl StoreFiles {
    /// The files of a store that is open and has its log, whose main file is this one. SQLite puts
    /// the log beside the file that a symbolic link leads to.
    pub(crate) fn of(path: &Path, main: FileId) -> Result<Self, SqliteFault> {
        let wal = companion_path(path, "-wal")?;
        let log = FileId::at(&wal).map_err(|error| lost(&wal, &error.to_string()))?;
        let shm = companion_path(path, "-shm")?;
        let index = FileId::at(&shm).map_err(|error| lost(&shm, &error.to_string()))?;
        let files = Self(vec![(path.to_owned(), main), (wal, log), (shm, index)]);
        files.check()?;
        Ok(files)
    }

    /// None: those of a store that no process writes to.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Refuses to go on unless the same files still stand at their paths.
    pub(crate) fn check(&self) -> Result<(), SqliteFault> {
        self.0
            .iter()
            .try_for_each(|(path, file)| check(path, *file))
    }
}

fn check(path: &Path, file: FileId) -> Result<(), SqliteFault> {
    match FileId::at(path) {
        Ok(now) if now == file => Ok(()),
        Ok(_) => Err(lost(path, "another file stands there now")),
        Err(error) => Err(lost(path, &error.to_string())),
    }
}

fn lost(path: &Path, found: &str) -> SqliteFault {
    let message = format!(
        "`{}` was removed, moved or replaced while the store was open ({found}), so that no other \
        process would see what is appended; nothing is acknowledged any more. `backup` to another \
        path saves what this process still has; then close the store and open what stands at its \
        path",
        path.display()
    );
    SqliteFault::new(StoreErrorKind::Io, message)
}

/// The file that SQLite puts beside a main file under its name with this end.
pub(crate) fn companion_path(main: &Path, end: &str) -> Result<PathBuf, SqliteFault> {
    let main = std::fs::canonicalize(main).map_err(|error| lost(main, &error.to_string()))?;
    let mut name = OsString::from(main);
    name.push(end);
    Ok(name.into())
}
