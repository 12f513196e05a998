//! Threads of the store's own: it works under any executor, and waits for no pool of another's.

use std::thread;

use eventsource_core::store::StoreErrorKind;
use tokio::sync::oneshot;

use crate::fault::Fault;

/// Starts a thread.
pub(crate) fn start(task: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    let started = thread::Builder::new()
        .name(format!("eventsource-sqlite {task}"))
        .spawn(run);
    started.map(drop).map_err(|error| {
        let message = format!("no thread could be started: {error}");
        Fault::new(StoreErrorKind::Unavailable, message)
    })
}

/// Runs what blocks on a thread of its own.
pub(crate) async fn run<T: Send + 'static>(
    task: &str,
    run: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (answer, answered) = oneshot::channel();
    start(task, move || drop(answer.send(run())))?;
    answered.await.map_err(|_| interrupted(task))?
}

/// That a thread panicked over what it was asked.
pub(crate) fn interrupted(task: &str) -> Fault {
    let message = format!("the {task} was interrupted: its thread panicked");
    Fault::new(StoreErrorKind::Unavailable, message)
}
