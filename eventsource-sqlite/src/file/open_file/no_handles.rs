//! The same where the system has no open-file-description locks.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::fault::SqliteFault;
use crate::file::file_id::FileId;
use crate::file::open;
use crate::file::store_files::StoreFiles;

#[derive(Debug)]
pub(crate) struct OpenFile;

impl OpenFile {
    pub(crate) fn enter(_: &Path) -> Result<Self, SqliteFault> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "as on Linux")]
    pub(crate) fn hold(&self, path: &Path) -> Result<StoreFiles, SqliteFault> {
        let main = FileId::at(path).map_err(|error| open::unopened(path, &error))?;
        StoreFiles::of(path, main)
    }

    #[expect(clippy::unused_self, reason = "as on Linux")]
    pub(crate) fn release_if_last(&self) {}
}

/// A handle of no file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key;

pub(super) fn take_spare(_: &Path) -> io::Result<(Key, File)> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn put_spare(_: Key, _: File) {}
