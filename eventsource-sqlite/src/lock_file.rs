//! A handle of the main file that only takes locks.
//!
//! SQLite's own locks are POSIX locks: a process loses those that it has on a file when it closes any
//! handle of that file. So the handles of a file are closed together, when the last of them is
//! dropped; until then one that is dropped waits for its next use. Only Linux has locks that belong
//! to a handle: elsewhere no handle is opened, and every lock is granted.

pub(crate) use system::LockFile;

#[cfg(target_os = "linux")]
mod system {
    use std::collections::HashMap;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    use crate::ofd_lock::{self, Range};

    /// A handle that takes locks. Its store drops it after its connections.
    #[derive(Debug)]
    pub(crate) struct LockFile {
        /// `None` while it is dropped.
        file: Option<File>,
        identity: Identity,
    }

    /// The device and the inode of a file.
    type Identity = (u64, u64);

    /// The handles of one file.
    #[derive(Debug, Default)]
    struct Handles {
        in_use: usize,
        idle: Vec<File>,
    }

    /// The handles of this process.
    static FILES: LazyLock<Mutex<HashMap<Identity, Handles>>> = LazyLock::new(Mutex::default);

    impl LockFile {
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            let mut files = files();
            let known = files.get_mut(&identity(&path.metadata()?));
            let file = match known.and_then(|handles| handles.idle.pop()) {
                Some(file) => file,
                None => OpenOptions::new().read(true).write(true).open(path)?,
            };
            let identity = identity(&file.metadata()?);
            files.entry(identity).or_default().in_use += 1;
            Ok(Self {
                file: Some(file),
                identity,
            })
        }

        pub(crate) fn try_share(&self, range: Range) -> io::Result<bool> {
            ofd_lock::try_share(self.file(), range)
        }

        pub(crate) fn try_exclude(&self, range: Range) -> io::Result<bool> {
            ofd_lock::try_exclude(self.file(), range)
        }

        pub(crate) fn unlock(&self, range: Range) -> io::Result<()> {
            ofd_lock::unlock(self.file(), range)
        }

        fn file(&self) -> &File {
            self.file.as_ref().expect("it is open until it is dropped")
        }
    }

    impl Drop for LockFile {
        fn drop(&mut self) {
            let mut files = files();
            let Some(handles) = files.get_mut(&self.identity) else {
                return;
            };
            handles.in_use -= 1;
            handles.idle.extend(self.file.take());
            if handles.in_use == 0 {
                files.remove(&self.identity);
            }
        }
    }

    fn files() -> MutexGuard<'static, HashMap<Identity, Handles>> {
        FILES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn identity(metadata: &Metadata) -> Identity {
        (metadata.dev(), metadata.ino())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_handles_of_a_file_are_closed_together() {
            let file = tempfile::NamedTempFile::new().unwrap();
            let known = identity(&file.as_file().metadata().unwrap());
            let idle = || {
                files()
                    .get(&known)
                    .map(|handles| (handles.in_use, handles.idle.len()))
            };
            let one = LockFile::open(file.path()).unwrap();
            let other = LockFile::open(file.path()).unwrap();
            assert_eq!(idle(), Some((2, 0)));
            drop(one);
            assert_eq!(idle(), Some((1, 1)));
            let again = LockFile::open(file.path()).unwrap();
            assert_eq!(idle(), Some((2, 0)));
            drop((other, again));
            assert_eq!(idle(), None);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::path::Path;

    use crate::ofd_lock::Range;

    /// Nothing: every lock is granted.
    #[derive(Debug)]
    pub(crate) struct LockFile;

    impl LockFile {
        pub(crate) fn open(_: &Path) -> io::Result<Self> {
            Ok(Self)
        }

        #[expect(clippy::unused_self, reason = "as on Linux")]
        pub(crate) fn try_share(&self, _: Range) -> io::Result<bool> {
            Ok(true)
        }

        #[expect(clippy::unused_self, reason = "as on Linux")]
        pub(crate) fn try_exclude(&self, _: Range) -> io::Result<bool> {
            Ok(true)
        }

        #[expect(clippy::unused_self, reason = "as on Linux")]
        pub(crate) fn unlock(&self, _: Range) -> io::Result<()> {
            Ok(())
        }
    }
}
