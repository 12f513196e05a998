//! The threads that read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use eventsource_core::StoreError;
use tokio::sync::{Semaphore, oneshot};

use crate::connection::{self, Connection};
use crate::fault::Fault;
use crate::lifetime::Alive;
use crate::shared::{Shared, closed};
use crate::threads;

/// How many read at the same time.
const THREADS: usize = 4;

/// A pool of threads, started when they are first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
    idle: Arc<Idle>,
    free: Arc<Semaphore>,
}

type Job = Box<dyn FnOnce(&mut Reader) + Send>;
/// The way to a thread, which ends when this is gone.
type Worker = mpsc::Sender<Job>;

impl Readers {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            idle: Arc::new(Idle(Mutex::new(Some(Vec::new())))),
            free: Arc::new(Semaphore::new(THREADS)),
        }
    }

    /// Runs `read` in a read transaction: all of it sees the same state.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let free = Arc::clone(&self.free);
        let permit = free
            .acquire_owned()
            .await
            .map_err(|_| self.shared.closed())?;
        let (answer, answered) = oneshot::channel();
        let idle = Arc::clone(&self.idle);
        self.hand_over(|worker| {
            Box::new(move |reader| {
                let result = reader.read(read);
                // Whoever is answered finds this thread idle, and starts no other.
                idle.put(worker);
                drop(permit);
                let _ = answer.send(result);
            })
        })
        .map_err(|fault| self.shared.error(fault))?;
        answered
            .await
            .unwrap_or_else(|_| Err(threads::interrupted("read")))
            .map_err(|fault| self.shared.error(fault))
    }

    /// A job brings the way to its own thread, to put it back.
    fn hand_over(&self, job: impl FnOnce(Worker) -> Job) -> Result<(), Fault> {
        let worker = match self.idle.take()? {
            Some(worker) => worker,
            None => start(&self.shared)?,
        };
        let sent = worker.send(job(worker.clone()));
        sent.map_err(|_| threads::interrupted("read"))
    }

    /// Lets those that read finish, and lets nobody begin.
    pub(crate) fn close(&self) {
        self.free.close();
        self.idle.close();
    }
}

fn start(shared: &Arc<Shared>) -> Result<Worker, Fault> {
    let alive = shared.lifetime.alive().ok_or_else(closed)?;
    let (worker, jobs) = mpsc::channel();
    let reader = Reader {
        shared: Arc::clone(shared),
        connection: None,
    };
    threads::start("reader", move || serve(alive, reader, &jobs))?;
    Ok(worker)
}

fn serve(alive: Alive, mut reader: Reader, jobs: &mpsc::Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job(&mut reader);
    }
    drop(reader);
    drop(alive);
}

/// The threads that wait for a job; none of them once the store is closed.
#[derive(Debug)]
struct Idle(Mutex<Option<Vec<Worker>>>);

impl Idle {
    fn take(&self) -> Result<Option<Worker>, Fault> {
        self.lock().as_mut().map(Vec::pop).ok_or_else(closed)
    }

    fn put(&self, worker: Worker) {
        if let Some(idle) = &mut *self.lock() {
            idle.push(worker);
        }
    }

    fn close(&self) {
        self.lock().take();
    }

    /// The list is whole even if somebody panicked over it.
    fn lock(&self) -> MutexGuard<'_, Option<Vec<Worker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader {
    shared: Arc<Shared>,
    connection: Option<Connection>,
}

impl Reader {
    /// A connection that failed is not kept, which ends its transaction whatever came of it.
    fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        self.shared.check()?;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::reader(&self.shared.path, self.shared.id)?,
        };
        let answer = in_transaction(&connection, read)?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

fn in_transaction<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let answer = read(connection)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answer)
}
