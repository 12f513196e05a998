//! Support code of several tests.

pub(crate) mod check;
pub(crate) mod faulty;
pub(crate) mod history;
pub(crate) mod seeds;
pub(crate) mod strace;
pub(crate) mod worker;

use std::path::Path;

use tempfile::TempDir;

/// Creates a directory in memory, if the system has one, so that thousands of stores cost little.
pub(crate) fn fast_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// Runs the asynchronous part of a test.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}
