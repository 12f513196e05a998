//! The connections and the threads that read.
//!
//! A read of a few rows takes less time than waking a thread and being woken by it, so it is done
//! where it is asked for. Whatever may take longer, or would have to wait, has threads of its own.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use eventsource_core::store::{StoreError, StoreErrorKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::idle::{Idle, Job, Reader, Worker};
use crate::execution::Execution;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::{self, Connection, PATIENCE};
use crate::file::shared::{Shared, closed};
use crate::threads;

/// How many read at the same time.
const READERS: usize = 4;
/// A read of more events is not done in the thread of the caller.
pub(crate) const FEW: u64 = 128;

#[derive(Debug)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
    idle: Arc<Idle>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            idle: Arc::default(),
            free: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// Opens the connection that is kept for [`run_spare`](Self::run_spare).
    pub(crate) fn open_spare(&self) -> Result<(), SqliteFault> {
        self.idle.put_spare(open(&self.shared)?);
        Ok(())
    }

    /// Runs `read` with the connection that was opened with the store, and still reads its files
    /// when they are not at their paths any more.
    pub(crate) async fn run_spare<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, SqliteFault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let idle = Arc::clone(&self.idle);
        let run = move || {
            let spare = idle.spare()?.ok_or_else(in_use)?;
            let answer = in_transaction(&spare.connection, read);
            if answer.is_err() {
                // There is no other one; it goes on from here, or tells that it cannot.
                let _ = spare.connection.execute_batch("ROLLBACK");
            }
            idle.put_spare(spare);
            answer
        };
        let run = move || async move { run() };
        let ran = self.shared.execution.run("read", run).await;
        ran.map_err(|fault| self.shared.error(fault))
    }

    /// Runs `read` at once, unless that would have to wait for a connection or a lock. `None` if
    /// it was not run, or found that there is too much to read.
    pub(crate) fn run_here<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<Option<T>, SqliteFault>,
    ) -> Option<Result<T, StoreError>> {
        self.shared.check_process().ok()?;
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        self.shared.check().ok()?;
        let reader = self.idle.reader().ok()??;
        match without_waiting(&reader.connection, read) {
            Ok(answer) => {
                self.idle.put_reader(reader);
                drop(permit);
                answer.map(Ok)
            }
            Err(fault) if fault.kind() == StoreErrorKind::Busy => None,
            Err(fault) => Some(Err(self.shared.error(fault))),
        }
    }

    /// Runs `read` in a read transaction: all of it sees the same state. A store with threads does it on
    /// one of them.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, SqliteFault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let is_here = self.shared.check_process();
        is_here.map_err(|fault| self.shared.error(fault))?;
        let free = Arc::clone(&self.free);
        let permit = free
            .acquire_owned()
            .await
            .map_err(|_| self.shared.closed())?;
        self.hand_over(permit, read)
            .map_err(|fault| self.shared.error(fault))?
            .await
            .unwrap_or_else(|_| Err(threads::interrupted("read")))
            .map_err(|fault| self.shared.error(fault))
    }

    /// Runs `read` as [`run_here`](Self::run_here) does, where it may be refused.
    pub(crate) fn try_run_here<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<Option<T>, Failure<E>>,
    ) -> Option<Result<T, E>> {
        let read = |connection: &Connection| Failure::part(read(connection)).map(Result::transpose);
        self.run_here(read).map(|ran| ran?)
    }

    /// Runs `read` as [`run`](Self::run) does, where it may be refused.
    pub(crate) async fn try_run<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure<E>> + Send + 'static,
    ) -> Result<T, E> {
        self.run(|connection| Failure::part(read(connection)))
            .await?
    }

    fn hand_over<T: Send + 'static>(
        &self,
        permit: OwnedSemaphorePermit,
        read: impl FnOnce(&Connection) -> Result<T, SqliteFault> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, SqliteFault>>, SqliteFault> {
        let worker = match self.shared.execution {
            Execution::Threads => Some(self.idle.worker()?.map_or_else(start, Ok)?),
            Execution::Tasks(_) => None,
        };
        let (sender, receiver) = oneshot::channel();
        let (idle, shared, way) = (
            Arc::clone(&self.idle),
            Arc::clone(&self.shared),
            worker.clone(),
        );
        let job = move || {
            let result = read_once(&idle, &shared, read);
            // The caller, once answered, finds this thread idle and starts no other.
            if let Some(way) = way {
                idle.put_worker(way);
            }
            drop(permit);
            let _ = sender.send(result);
        };
        match worker {
            Some(worker) => {
                let sent = worker.send(Box::new(job));
                sent.map_err(|_| threads::interrupted("read"))?;
            }
            None => job(),
        }
        Ok(receiver)
    }

    /// Lets those that read finish, and lets nobody begin.
    pub(crate) fn close(&self) {
        self.free.close();
        self.idle.close();
    }
}

fn start() -> Result<Worker, SqliteFault> {
    let (worker, jobs) = mpsc::channel::<Job>();
    threads::start("reader", move || jobs.into_iter().for_each(|job| job()))?;
    Ok(worker)
}

/// A connection that failed is not kept, which ends its transaction whatever came of it.
fn read_once<T>(
    idle: &Idle,
    shared: &Shared,
    read: impl FnOnce(&Connection) -> Result<T, SqliteFault>,
) -> Result<T, SqliteFault> {
    shared.check()?;
    let reader = idle.reader()?.map_or_else(|| open(shared), Ok)?;
    let answer = in_transaction(&reader.connection, read)?;
    idle.put_reader(reader);
    Ok(answer)
}

fn open(shared: &Shared) -> Result<Reader, SqliteFault> {
    let alive = shared.lifetime.alive().ok_or_else(closed)?;
    let connection = connection::reader(shared)?;
    Ok(Reader { connection, alive })
}

fn in_use() -> SqliteFault {
    let message = "another backup is being made of what is left of the store; try again after it";
    SqliteFault::new(StoreErrorKind::Busy, message)
}

/// Runs `read` so that all of it sees the same state.
pub(crate) fn in_transaction<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, SqliteFault>,
) -> Result<T, SqliteFault> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let answer = read(connection)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answer)
}

/// The caller may have other things to do than to wait for a lock.
fn without_waiting<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, SqliteFault>,
) -> Result<T, SqliteFault> {
    connection.busy_timeout(Duration::ZERO)?;
    let answer = read(connection)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(answer)
}
