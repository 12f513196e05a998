//! Threads of the store's own.

use std::thread;

use eventsource_core::store::StoreErrorKind;

use crate::fault::SqliteFault;

/// Starts a thread.
pub(crate) fn start(task: &str, run: impl FnOnce() + Send + 'static) -> Result<(), SqliteFault> {
    let started = thread::Builder::new()
        .name(format!("eventsource-sqlite {task}"))
        .spawn(run);
    started.map(drop).map_err(|error| {
        let message = format!("no thread could be started: {error}");
        SqliteFault::new(StoreErrorKind::Unavailable, message)
    })
}

/// The fault of a thread that panicked over its task.
pub(crate) fn interrupted(task: &str) -> SqliteFault {
    let message = format!("the {task} was interrupted: its thread panicked");
    SqliteFault::new(StoreErrorKind::Unavailable, message)
}
