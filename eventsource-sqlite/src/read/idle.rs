//! Connections and threads that wait for something to read.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::file::shared::closed;
use crate::lifetime::ThreadGuard;

/// A connection, which is closed before the end of the store is reported.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    #[expect(dead_code, reason = "its end is what counts")]
    pub(crate) alive: ThreadGuard,
}

pub(crate) type Job = Box<dyn FnOnce() + Send>;
/// The way to a thread, which ends when this is gone.
pub(crate) type Worker = mpsc::Sender<Job>;

/// None of them once the store is closed.
#[derive(Debug)]
pub(crate) struct Idle(Mutex<Option<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    readers: Vec<Reader>,
    workers: Vec<Worker>,
    /// Opened with the store, and used once its files are lost.
    spare: Option<Reader>,
}

impl Idle {
    /// The connection that was used last, whose pages are the most likely to be in a cache.
    pub(crate) fn reader(&self) -> Result<Option<Reader>, SqliteFault> {
        let mut waiting = self.lock();
        Ok(waiting.as_mut().ok_or_else(closed)?.readers.pop())
    }

    pub(crate) fn put_reader(&self, reader: Reader) {
        // One that finds the store closed is closed after the lock is free.
        let _late = match &mut *self.lock() {
            Some(waiting) => {
                waiting.readers.push(reader);
                None
            }
            None => Some(reader),
        };
    }

    /// The connection that [`put_spare`](Self::put_spare) brought; none while another backup uses it.
    pub(crate) fn spare(&self) -> Result<Option<Reader>, SqliteFault> {
        let mut waiting = self.lock();
        Ok(waiting.as_mut().ok_or_else(closed)?.spare.take())
    }

    pub(crate) fn put_spare(&self, reader: Reader) {
        // See `put_reader`.
        let _late = match &mut *self.lock() {
            Some(waiting) => waiting.spare.replace(reader),
            None => Some(reader),
        };
    }

    pub(crate) fn worker(&self) -> Result<Option<Worker>, SqliteFault> {
        let mut waiting = self.lock();
        Ok(waiting.as_mut().ok_or_else(closed)?.workers.pop())
    }

    pub(crate) fn put_worker(&self, worker: Worker) {
        if let Some(waiting) = &mut *self.lock() {
            waiting.workers.push(worker);
        }
    }

    pub(crate) fn close(&self) {
        let waiting = self.lock().take();
        drop(waiting);
    }

    /// The lists are whole even if a thread panicked over them.
    fn lock(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Idle {
    fn default() -> Self {
        Self(Mutex::new(Some(Waiting::default())))
    }
}
