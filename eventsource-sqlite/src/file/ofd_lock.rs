//! Open-file-description locks on a range of bytes of a file.
//!
//! The system drops a process's POSIX record locks on a file when the process closes any handle of
//! that file. A lock of this kind belongs to the handle that took it and ends with that handle, or
//! by [`unlock`]. Only Linux has them; elsewhere every lock is granted.

use std::fs::File;
use std::io;

/// Reports whether the system has such locks.
pub(crate) const IS_SUPPORTED: bool = cfg!(target_os = "linux");

/// A range of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) start: system::Offset,
    pub(crate) len: system::Offset,
}

/// Takes a lock that others may share, if no other handle has the range for itself.
pub(crate) fn try_share(file: &File, range: Range) -> io::Result<bool> {
    system::set(file, range, system::SHARED)
}

/// Takes a lock that excludes all other handles, if no other handle has a part of the range.
pub(crate) fn try_exclude(file: &File, range: Range) -> io::Result<bool> {
    system::set(file, range, system::EXCLUSIVE)
}

/// Releases the range.
pub(crate) fn unlock(file: &File, range: Range) -> io::Result<()> {
    system::set(file, range, system::UNLOCKED).map(drop)
}

/// Reports whether another handle has a lock of any kind on a part of the range. POSIX record locks
/// count as well, also those of this process.
#[cfg(target_os = "linux")]
pub(crate) fn is_locked(file: &File, range: Range) -> io::Result<bool> {
    system::is_locked(file, range)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::Range;

    pub(crate) type Offset = libc::off_t;

    pub(crate) const SHARED: libc::c_int = libc::F_RDLCK;
    pub(crate) const EXCLUSIVE: libc::c_int = libc::F_WRLCK;
    pub(crate) const UNLOCKED: libc::c_int = libc::F_UNLCK;

    pub(crate) fn set(file: &File, range: Range, kind: libc::c_int) -> io::Result<bool> {
        let lock = flock(range, kind);
        match fcntl(file, FcntlArg::F_OFD_SETLK(&lock)) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn is_locked(file: &File, range: Range) -> io::Result<bool> {
        let mut lock = flock(range, EXCLUSIVE);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
        Ok(libc::c_int::from(lock.l_type) != UNLOCKED)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the constants are small, and the system takes them as short numbers"
    )]
    fn flock(range: Range, kind: libc::c_int) -> libc::flock {
        libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: range.start,
            l_len: range.len,
            l_pid: 0, // required by the system for locks of this kind
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io;

    use super::Range;

    pub(crate) type Offset = i64;

    pub(crate) const SHARED: i32 = 0;
    pub(crate) const EXCLUSIVE: i32 = 1;
    pub(crate) const UNLOCKED: i32 = 2;

    pub(crate) fn set(_: &File, _: Range, _: i32) -> io::Result<bool> {
        Ok(true)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const RANGE: Range = Range { start: 7, len: 2 };

    #[test]
    fn a_lock_is_shared_or_excludes_others_and_ends_when_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let open = || {
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path).unwrap()
        };
        let (one, other) = (open(), open());
        assert!(!is_locked(&one, RANGE).unwrap());
        assert!(try_share(&one, RANGE).unwrap() && try_share(&other, RANGE).unwrap());
        assert!(!try_exclude(&one, RANGE).unwrap());
        assert!(is_locked(&one, RANGE).unwrap());
        // A record lock of the process would end here.
        drop(open());
        assert!(!try_exclude(&one, RANGE).unwrap());
        unlock(&other, RANGE).unwrap();
        assert!(try_exclude(&one, RANGE).unwrap() && !try_share(&other, RANGE).unwrap());
        assert!(
            !is_locked(&one, RANGE).unwrap(),
            "its own lock is no other's"
        );
    }
}
