//! The main file of a store, which its process has open.
//!
//! POSIX drops all record locks that a process has on a file when any part of the process closes
//! any handle of that file. Another process that closes the store then takes itself for the last
//! one and removes the log, while this one goes on writing into it. Therefore a process keeps, for
//! each file, open-file-description locks beside those of SQLite, on the same bytes. They last from
//! when the store is connected, in WAL mode, until just before the process closes its last
//! connection. The handles that have them are closed only after that, for the same reason.

#[cfg(target_os = "linux")]
mod handles;
#[cfg(not(target_os = "linux"))]
#[path = "open_file/no_handles.rs"]
mod handles;
mod lock_handle;

pub(crate) use handles::OpenFile;
pub(crate) use lock_handle::LockHandle;

impl OpenFile {
    /// Closes the last connection of a store. If the process has no other one to the file, SQLite
    /// writes the log back and removes it, unless another process has the store open.
    pub(crate) fn close(self, connection: rusqlite::Connection) {
        self.release_if_last();
        drop(connection);
        drop(self);
    }
}
