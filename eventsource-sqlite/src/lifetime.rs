//! In which order the threads of a store end, and knowing when they have.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::execution::Execution;

/// Each thread that reads holds one, and drops it after its connection.
pub(crate) type ThreadGuard = mpsc::Sender<Infallible>;

#[derive(Debug)]
pub(crate) struct Lifetime {
    /// The guard that new threads get; none once the store is to end.
    alive: Mutex<Option<ThreadGuard>>,
    ended: watch::Receiver<()>,
}

/// Held by the thread that writes. It ends last: of connections that are closed at the same time
/// none would be the last one, which takes the log away.
#[derive(Debug)]
pub(crate) struct ShutdownGuard {
    others: mpsc::Receiver<Infallible>,
    _last: watch::Sender<()>,
}

impl Lifetime {
    pub(crate) fn new() -> (Self, ShutdownGuard) {
        let (last, ended) = watch::channel(());
        let (alive, others) = mpsc::channel(1);
        let alive = Mutex::new(Some(alive));
        let ending = ShutdownGuard {
            others,
            _last: last,
        };
        (Self { alive, ended }, ending)
    }

    pub(crate) fn alive(&self) -> Option<ThreadGuard> {
        self.lock().clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_none()
    }

    /// Lets no new thread begin.
    pub(crate) fn end(&self) {
        self.lock().take();
    }

    /// Waits until the last thread has ended.
    pub(crate) async fn ended(&self) {
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    fn lock(&self) -> MutexGuard<'_, Option<ThreadGuard>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShutdownGuard {
    /// Waits, after [`Lifetime::end`], until the threads that read have ended.
    pub(crate) async fn wait_for_others(&mut self, execution: &Execution) {
        let none = match execution {
            Execution::Threads => self.others.blocking_recv(),
            Execution::Tasks(_) => self.others.recv().await,
        };
        debug_assert!(none.is_none());
    }
}
