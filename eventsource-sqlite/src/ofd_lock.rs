//! Open-file-description locks on a range of bytes of a file.
//!
//! The system drops a process's POSIX record locks on a file when the process closes any handle of
//! that file. A lock of this kind belongs to the handle that took it and ends with that handle, or
//! by [`unlock`]. Only Linux has them; elsewhere every lock is granted.

use std::fs::File;
use std::io;

/// A range of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) len: i64,
}

/// Takes a lock that others may share, if no other handle has the range for itself.
pub(crate) fn try_share(file: &File, range: Range) -> io::Result<bool> {
    system::set(file, range, system::SHARED)
}

/// Takes a lock that excludes all other handles, if no other handle has a part of the range.
pub(crate) fn try_exclude(file: &File, range: Range) -> io::Result<bool> {
    system::set(file, range, system::EXCLUSIVE)
}

/// Gives the range free.
pub(crate) fn unlock(file: &File, range: Range) -> io::Result<()> {
    system::set(file, range, system::UNLOCKED).map(drop)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::Range;

    pub(super) const SHARED: libc::c_int = libc::F_RDLCK;
    pub(super) const EXCLUSIVE: libc::c_int = libc::F_WRLCK;
    pub(super) const UNLOCKED: libc::c_int = libc::F_UNLCK;

    pub(super) fn set(file: &File, range: Range, kind: libc::c_int) -> io::Result<bool> {
        let lock = libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: range.start,
            l_len: range.len,
            l_pid: 0, // required by the system for locks of this kind
        };
        match fcntl(file, FcntlArg::F_OFD_SETLK(&lock)) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io;

    use super::Range;

    pub(super) const SHARED: i32 = 0;
    pub(super) const EXCLUSIVE: i32 = 1;
    pub(super) const UNLOCKED: i32 = 2;

    pub(super) fn set(_: &File, _: Range, _: i32) -> io::Result<bool> {
        Ok(true)
    }
}
