//! A runtime whose clock stands still.

use tokio::runtime::{Builder, Runtime};

/// A runtime on this thread, whose clock moves only when nothing is ready.
pub(crate) fn paused_runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O needs nothing of the system")
}

/// Runs a future on it.
pub(crate) fn run_paused<T>(future: impl Future<Output = T>) -> T {
    paused_runtime().block_on(future)
}
