//! A handle of a main file that only takes locks.

use std::fs::File;
use std::io;
use std::path::Path;

use super::handles::{self, Key};
use crate::file::ofd_lock::{self, Range};

/// A handle of its own of a main file, for locks that exclude other handles, also those of this
/// process. When it is dropped it is kept, unlocked, until the file is closed. Where the system has
/// no locks that belong to a handle there is none, and every lock is granted.
#[derive(Debug)]
pub(crate) struct LockHandle(Option<(Key, File)>);

impl LockHandle {
    /// No handle: every lock is granted.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// A handle of the file at this path, which a store of this process has open.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if ofd_lock::IS_SUPPORTED {
            handles::take_spare(path).map(|handle| Self(Some(handle)))
        } else {
            Ok(Self::none())
        }
    }

    pub(crate) fn try_share(&self, range: Range) -> io::Result<bool> {
        self.with_file(true, |file| ofd_lock::try_share(file, range))
    }

    pub(crate) fn try_exclude(&self, range: Range) -> io::Result<bool> {
        self.with_file(true, |file| ofd_lock::try_exclude(file, range))
    }

    pub(crate) fn unlock(&self, range: Range) -> io::Result<()> {
        self.with_file((), |file| ofd_lock::unlock(file, range))
    }

    fn with_file<T>(&self, without: T, run: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        self.0.as_ref().map_or(Ok(without), |(_, file)| run(file))
    }
}

impl Drop for LockHandle {
    fn drop(&mut self) {
        if let Some((key, file)) = self.0.take() {
            handles::put_spare(key, file);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::file::open_file::OpenFile;

    const RANGE: Range = Range { start: 7, len: 1 };

    #[test]
    fn a_handle_that_is_dropped_is_used_again_and_excludes_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let _open = OpenFile::enter(&path).unwrap();
        let [one, other] = [(); 2].map(|()| LockHandle::open(&path).unwrap());
        assert!(one.try_exclude(RANGE).unwrap() && !other.try_share(RANGE).unwrap());
        one.unlock(RANGE).unwrap();
        let handle = |it: &LockHandle| std::os::fd::AsRawFd::as_raw_fd(&it.0.as_ref().unwrap().1);
        let before = handle(&one);
        drop(one);
        assert_eq!(handle(&LockHandle::open(&path).unwrap()), before);
    }

    #[test]
    fn without_a_handle_every_lock_is_granted() {
        let none = LockHandle::none();
        assert!(none.try_exclude(RANGE).unwrap() && none.try_share(RANGE).unwrap());
    }
}
