//! The connections that read.

use std::sync::{Arc, Mutex, PoisonError};

use eventsource_core::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::connection;
use crate::fault::Fault;
use crate::shared::Shared;

/// How many read at the same time.
const CONNECTIONS: usize = 4;

/// A pool of connections, opened when they are first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        Self {
            shared,
            idle: Arc::default(),
            free,
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
        let (shared, idle) = (Arc::clone(&self.shared), Arc::clone(&self.idle));
        let reading = spawn_blocking(move || {
            let answer = shared.check().and_then(|()| on_idle(&shared, &idle, read));
            drop(permit);
            answer
        });
        match reading.await {
            Ok(answer) => answer.map_err(|fault| self.shared.error(fault)),
            Err(died) => Err(self.shared.error(interrupted(&died))),
        }
    }

    /// Lets those that read finish, and lets nobody begin.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(CONNECTIONS).expect("a few");
        let finished = self.free.acquire_many(all).await;
        self.free.close();
        drop(finished);
        lock(&self.idle).clear();
    }
}

fn on_idle<T>(
    shared: &Shared,
    idle: &Mutex<Vec<Connection>>,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let kept = lock(idle).pop();
    let connection = kept.map_or_else(|| connection::reader(&shared.path), Ok)?;
    let answer = in_transaction(&connection, read)?;
    lock(idle).push(connection);
    Ok(answer)
}

/// Ends the transaction whatever comes of it: a connection that failed is not kept.
fn in_transaction<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let answer = read(connection)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answer)
}

/// The list is whole even if somebody panicked over it.
fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted(died: &tokio::task::JoinError) -> Fault {
    Fault::new(
        StoreErrorKind::Unavailable,
        format!("the read was interrupted: {died}"),
    )
}
