//! The handles that have a process's locks.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::store::StoreErrorKind;

use crate::fault::SqliteFault;
use crate::file::connection::PATIENCE;
use crate::file::file_id::FileId;
use crate::file::ofd_lock::{self, Range};
use crate::file::open;
use crate::file::opener::Opener;
use crate::file::store_files::{StoreFiles, companion_path};

/// The bytes of the main file that every connection in WAL mode has a shared lock on: `SHARED_FIRST`
/// and `SHARED_SIZE` of SQLite (<https://www.sqlite.org/src/file/src/os.h>).
const SHARED: Range = Range {
    start: 0x4000_0002,
    len: 510,
};
/// The byte of the `-shm` file by which SQLite knows that a process uses it: the "deadman switch" of
/// <https://www.sqlite.org/walformat.html#wal_locks>.
const DEADMAN: Range = Range { start: 128, len: 1 };
const BETWEEN_TRIES: Duration = Duration::from_millis(5);
/// As SQLite creates files.
const MODE: u32 = 0o644;

/// The files of this process, and of those that it was forked from.
static FILES: Mutex<BTreeMap<Key, Handles>> = Mutex::new(BTreeMap::new());

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    file: FileId,
    opener: Opener,
}

#[derive(Debug)]
struct Handles {
    /// How many stores of this process have the file open.
    stores: usize,
    main: File,
    /// The `-shm` file, the current one last. The others are kept only so that they are not closed
    /// too early.
    shared: Vec<(FileId, File)>,
    /// Further handles of the main file, which nothing uses now and which are kept for the same
    /// reason.
    spare: Vec<File>,
}

/// Counts a store of this process as one that has its main file open.
#[derive(Debug)]
pub(crate) struct OpenFile(Key);

impl OpenFile {
    /// Enters a file before it is connected to. It is created if there is none.
    pub(crate) fn enter(path: &Path) -> Result<Self, SqliteFault> {
        let mut files = files();
        files.retain(|key, handles| handles.stores > 0 || handles.are_needed(key.file));
        let file = FileId::at(path).ok();
        refuse_inherited(&files, file)?;
        let known = file.map(key).filter(|key| files.contains_key(key));
        let key = match known {
            Some(key) => key,
            None => open_main(&mut files, path).map_err(|error| open::unopened(path, &error))?,
        };
        let handles = files.get_mut(&key).expect("it was just found or added");
        handles.stores += 1;
        Ok(Self(key))
    }

    /// Takes the locks, once the file is in WAL mode and connected.
    pub(crate) fn hold(&self, path: &Path) -> Result<StoreFiles, SqliteFault> {
        let (shm, deadline) = (companion_path(path, "-shm")?, Instant::now() + PATIENCE);
        while !self.try_hold(&shm).map_err(|error| unlockable(&error))? {
            if Instant::now() > deadline {
                return Err(in_use());
            }
            thread::sleep(BETWEEN_TRIES);
        }
        StoreFiles::of(path, self.0.file)
    }

    fn try_hold(&self, shm: &Path) -> io::Result<bool> {
        let mut files = files();
        let handles = files.get_mut(&self.0).expect("a store keeps its handles");
        handles.open_shared(shm)?;
        let (_, shared) = handles.shared.last().expect("it was just opened");
        Ok(ofd_lock::try_share(&handles.main, SHARED)? && ofd_lock::try_share(shared, DEADMAN)?)
    }

    /// Releases the locks if no other store of this process needs them. SQLite can remove the log
    /// only then.
    pub(crate) fn release_if_last(&self) {
        let files = files();
        if let Some(handles) = files.get(&self.0).filter(|handles| handles.stores == 1) {
            handles.release();
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut files = files();
        let Some(handles) = files.get_mut(&self.0) else {
            return;
        };
        handles.stores -= 1;
        if handles.stores == 0 {
            if handles.are_needed(self.0.file) {
                handles.retake();
            } else {
                handles.release();
                files.remove(&self.0);
            }
        }
    }
}

impl Handles {
    fn open_shared(&mut self, shm: &Path) -> io::Result<()> {
        let now = FileId::at(shm)?;
        if self.shared.last().is_none_or(|(file, _)| *file != now) {
            let handle = OpenOptions::new().read(true).write(true).open(shm)?;
            let file = FileId::of(&handle.metadata()?);
            self.shared.push((file, handle));
        }
        Ok(())
    }

    /// Only a system that has lost the file refuses this, and then there is nothing to release.
    fn release(&self) {
        let _ = ofd_lock::unlock(&self.main, SHARED);
        for (_, shared) in &self.shared {
            let _ = ofd_lock::unlock(shared, DEADMAN);
        }
    }

    /// Reports whether the handles must not be closed: the program may have connections to the file
    /// that are not ours, whose locks would go. The next store that is opened looks again.
    ///
    /// Locks alone do not tell: those of other processes are seen too, and those of the program may
    /// have been dropped. So the handles of the process are counted.
    fn are_needed(&self, file: FileId) -> bool {
        let Ok(open) = fs::read_dir("/proc/self/fd") else {
            return ofd_lock::is_locked(&self.main, SHARED).unwrap_or(false);
        };
        let is_of_file = |path: &Path| FileId::at(path).is_ok_and(|it| it == file);
        let of_file = open.flatten().filter(|it| is_of_file(&it.path()));
        of_file.count() > 1 + self.spare.len()
    }

    /// Takes the locks again, which the program's own connections need.
    fn retake(&self) {
        let _ = ofd_lock::try_share(&self.main, SHARED);
        if let Some((_, shared)) = self.shared.last() {
            let _ = ofd_lock::try_share(shared, DEADMAN);
        }
    }
}

fn key(file: FileId) -> Key {
    let opener = Opener::this_process();
    Key { file, opener }
}

fn open_main(files: &mut BTreeMap<Key, Handles>, path: &Path) -> io::Result<Key> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let main = options.mode(MODE).open(path)?;
    let key = key(FileId::of(&main.metadata()?));
    match files.get_mut(&key) {
        // It came to this path only now.
        Some(handles) => handles.spare.push(main),
        None => drop(files.insert(key, Handles::of(main))),
    }
    Ok(key)
}

impl Handles {
    fn of(main: File) -> Self {
        Self {
            stores: 0,
            main,
            shared: Vec::new(),
            spare: Vec::new(),
        }
    }
}

/// Takes a handle of a main file that has no lock, and that no other part of the process uses.
pub(super) fn take_spare(path: &Path) -> io::Result<(Key, File)> {
    let mut files = files();
    let known = key(FileId::at(path)?);
    let spare = files.get_mut(&known).and_then(|it| it.spare.pop());
    if let Some(file) = spare {
        return Ok((known, file));
    }
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    Ok((key(FileId::of(&file.metadata()?)), file))
}

/// Keeps a handle as long as the file is open.
pub(super) fn put_spare(key: Key, file: File) {
    let mut files = files();
    match files.get_mut(&key) {
        Some(handles) => handles.spare.push(file),
        // No store connects to the file while it is closed.
        None => drop(file),
    }
}

/// SQLite's knowledge of a file is copied by `fork`, and its locks are not.
fn refuse_inherited(
    files: &BTreeMap<Key, Handles>,
    file: Option<FileId>,
) -> Result<(), SqliteFault> {
    let mut of_file = files.keys().filter(|key| Some(key.file) == file);
    of_file.try_for_each(|key| key.opener.check())
}

fn in_use() -> SqliteFault {
    let message = "another program keeps the file for itself; close it and try again";
    SqliteFault::new(StoreErrorKind::Busy, message)
}

fn unlockable(error: &io::Error) -> SqliteFault {
    let message = format!(
        "its file system cannot lock it ({error}), so that another process could remove its log; \
        put the store on a local disk"
    );
    SqliteFault::new(StoreErrorKind::Unsupported, message)
}

fn files() -> MutexGuard<'static, BTreeMap<Key, Handles>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}
