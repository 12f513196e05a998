//! Copies of a store that are not finished.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use eventsource_core::uuid::Uuid;

use super::ofd_lock::{self, Range};

const END: &str = ".partial";
/// A byte that neither SQLite nor a store locks. The lock on it ends with the process that makes the
/// copy.
const OWNED: Range = Range {
    start: 0x4000_0300,
    len: 1,
};

/// A file beside the target of a backup. It is removed unless it gets the name of the target.
#[derive(Debug)]
pub(crate) struct PartialCopy {
    path: PathBuf,
    file: File,
}

impl PartialCopy {
    /// Creates an empty file under a name of its own.
    pub(crate) fn begin(target: &Path) -> io::Result<Self> {
        loop {
            let partial = Self::create(target)?;
            // Another process may have taken it for an abandoned one before it had its lock.
            if ofd_lock::try_exclude(&partial.file, OWNED)? && partial.path.try_exists()? {
                return Ok(partial);
            }
        }
    }

    fn create(target: &Path) -> io::Result<Self> {
        let path = name(target);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&path)?;
        Ok(Self { path, file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    pub(crate) fn rename(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }
}

impl Drop for PartialCopy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn name(target: &Path) -> PathBuf {
    let mut name = target
        .file_name()
        .map_or_else(OsString::new, OsString::from);
    name.push(format!(".{}{END}", Uuid::now_v7().simple()));
    target.with_file_name(name)
}

/// Removes the copies in the directory of this file whose processes have ended before they were
/// finished. What cannot be removed stays, and hinders nobody.
pub(crate) fn remove_abandoned_beside(file: &Path) {
    // Without these locks a copy that is being made looks like any other.
    if !cfg!(target_os = "linux") {
        return;
    }
    let entries = file.parent().and_then(|folder| fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        if is_partial(&entry.file_name()) {
            let _ = remove_if_abandoned(&entry.path());
        }
    }
}

fn is_partial(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_suffix(END));
    let id = name.and_then(|name| name.rsplit_once('.'));
    id.is_some_and(|(_, id)| id.len() == 32 && Uuid::try_parse(id).is_ok())
}

/// The lock is kept until the file is gone, so that its owner does not come between.
fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).open(path)?;
    if ofd_lock::try_exclude(&file, OWNED)? {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::mem;

    use super::*;

    #[test]
    fn a_copy_is_removed_once_the_process_that_made_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        let partial = PartialCopy::begin(&target).unwrap();
        remove_abandoned_beside(&target);
        assert!(partial.path().exists(), "it is being made");

        let path = partial.path().to_owned();
        let duplicate = partial.file.try_clone().unwrap();
        // What an end of the process does: the file stays, and its handles are closed.
        mem::forget(partial);
        remove_abandoned_beside(&target);
        assert!(path.exists(), "a handle of it is open");
        ofd_lock::unlock(&duplicate, OWNED).unwrap();
        remove_abandoned_beside(&target);
        assert!(!path.exists());
    }

    #[test]
    fn nothing_is_removed_that_only_looks_like_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let id = Uuid::now_v7();
        let names = [
            "film.mp4.partial".to_owned(),
            format!("{}.partial", id.simple()),
            format!("copy.db.{id}.partial"),
            format!("copy.db.{}.partial.txt", id.simple()),
        ];
        for name in &names {
            fs::write(folder.path().join(name), "mine").unwrap();
        }
        remove_abandoned_beside(&folder.path().join("copy.db"));
        for name in &names {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
