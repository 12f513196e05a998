//! One name for each store.
//!
//! SQLite finds the log and the memory that processes share by the name of the main file. Two
//! processes that open one file under two names would each have a log of their own.

use std::fs::{self, Metadata};
use std::path::Path;

use eventsource_core::store::StoreErrorKind;

use crate::fault::SqliteFault;

/// Refuses a file that has, or may have, a second name.
pub(crate) fn check(path: &Path) -> Result<(), SqliteFault> {
    let links = fs::metadata(path).map_or(0, |metadata| links(&metadata));
    if links > 1 {
        return Err(refusal(&format!(
            "it has {links} names (hard links), and programs that open it under different ones \
            lose each other's commits; remove the others, or give the store a copy of its own"
        )));
    }
    if is_mount_point(path) {
        return Err(refusal(
            "it is a mount point by itself, and programs on both sides of the mount lose each \
            other's commits; mount its folder instead",
        ));
    }
    Ok(())
}

fn refusal(message: &str) -> SqliteFault {
    SqliteFault::new(StoreErrorKind::Unsupported, message)
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let (Ok(path), Ok(mounts)) = (path.canonicalize(), fs::read("/proc/self/mountinfo")) else {
        return false;
    };
    let path = path.as_os_str().as_bytes();
    let mut mounts = mounts.split(|byte| *byte == b'\n');
    mounts.any(|mount| mount_point(mount).is_some_and(|it| it == path))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_: &Path) -> bool {
    false
}

/// The fifth field of a line of `mountinfo`, in which the system writes some signs as octal numbers.
#[cfg(target_os = "linux")]
fn mount_point(mount: &[u8]) -> Option<Vec<u8>> {
    let mut written = mount.split(|byte| *byte == b' ').nth(4)?;
    let mut path = Vec::with_capacity(written.len());
    while let Some((first, rest)) = written.split_first() {
        let octal = rest.first_chunk::<3>().filter(|_| *first == b'\\');
        let sign = octal.and_then(|it| u8::from_str_radix(str::from_utf8(it).ok()?, 8).ok());
        path.push(sign.unwrap_or(*first));
        written = if sign.is_some() { &rest[3..] } else { rest };
    }
    Some(path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_a_mount_point_are_read_as_the_system_writes_them() {
        let line = br"36 35 98:0 /a /mnt/my\040shop\134x.db rw,noatime shared:1 - ext4 /dev/sda rw";
        assert_eq!(mount_point(line).unwrap(), br"/mnt/my shop\x.db");
        assert_eq!(mount_point(b""), None);
    }
}
