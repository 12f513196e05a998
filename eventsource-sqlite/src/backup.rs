//! Copying a store while it is used.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use eventsource_core::StoreErrorKind;
use eventsource_core::uuid::Uuid;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::directory;
use crate::fault::Fault;

/// Copies what the connection sees. The copy appears under its name once it is whole and durable.
pub(crate) fn backup(source: &Connection, target: &Path) -> Result<(), Fault> {
    refuse_existing(target)?;
    let partial = Partial(partial_name(target));
    copy(source, &partial.0)?;
    let told = |error| disk(target, &error);
    OpenOptions::new()
        .write(true)
        .open(&partial.0)
        .and_then(|file| file.sync_all())
        .map_err(told)?;
    refuse_existing(target)?;
    fs::rename(&partial.0, target).map_err(told)?;
    directory::sync(target).map_err(told)
}

/// All pages in one step: between two, a writer could change a page that was copied, and the copy
/// would begin again.
fn copy(source: &Connection, partial: &Path) -> Result<(), Fault> {
    let mut copy = Connection::open(partial)?;
    // If this is cut off, the file is thrown away.
    copy.pragma_update(None, "synchronous", "OFF")?;
    let step = Backup::new(source, &mut copy)?.step(-1)?;
    if !matches!(step, StepResult::Done) {
        let message = format!("the copy was not finished ({step:?}); try again");
        return Err(Fault::new(StoreErrorKind::Busy, message));
    }
    copy.close().map_err(|(_, error)| error.into())
}

fn refuse_existing(target: &Path) -> Result<(), Fault> {
    if !target.try_exists().map_err(|error| disk(target, &error))? {
        return Ok(());
    }
    let message = format!(
        "{} exists already; a backup overwrites nothing",
        target.display()
    );
    Err(Fault::new(StoreErrorKind::Unsupported, message))
}

/// A file that is removed unless it got another name.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn partial_name(target: &Path) -> PathBuf {
    let mut name = target
        .file_name()
        .map_or_else(OsString::new, OsString::from);
    name.push(format!(".{}.partial", Uuid::now_v7().simple()));
    target.with_file_name(name)
}

fn disk(target: &Path, error: &io::Error) -> Fault {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull => StoreErrorKind::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreErrorKind::ReadOnly
        }
        _ => StoreErrorKind::Io,
    };
    Fault::new(kind, format!("backup to {}: {error}", target.display()))
}
