//! The directory of the file.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes the names in the directory of a file durable, where directories are files.
pub(crate) fn sync(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) if cfg!(unix) => File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}

/// Whether this may not be written, be it by this program or by anybody.
pub(crate) fn is_read_only(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem
    )
}
