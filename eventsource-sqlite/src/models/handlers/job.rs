//! The work of a handler on a batch of events.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use eventsource_core::Horizon;
use eventsource_core::store::StoreErrorKind;
use rusqlite::Connection;

use super::authorizer::Authorizer;
use super::longest_call::LongestCall;
use super::transaction::Transaction;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::write_lock::WriteGuard;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Create = dyn Fn(&Transaction<'_>) -> Result<(), BoxError> + Send;
/// Handles the event with this number.
type Handle = dyn Fn(usize, &Transaction<'_>) -> Result<(), BoxError> + Send;

/// Travels in a [`Write`](eventsource_core::read_model::Write) to the thread that writes.
pub(crate) struct Job {
    create: Box<Create>,
    handle: Box<Handle>,
    /// The horizon of each event.
    ends: Vec<Horizon>,
    /// How many of them were handled in transactions that are committed.
    committed: Cell<usize>,
    longest_call: Arc<LongestCall>,
}

impl Job {
    pub(super) fn new(
        create: impl Fn(&Transaction<'_>) -> Result<(), BoxError> + Send + 'static,
        handle: impl Fn(usize, &Transaction<'_>) -> Result<(), BoxError> + Send + 'static,
        ends: Vec<Horizon>,
        longest_call: Arc<LongestCall>,
    ) -> Self {
        Self {
            create: Box::new(create),
            handle: Box::new(handle),
            ends,
            committed: Cell::new(0),
            longest_call,
        }
    }

    /// How many events are left.
    pub(crate) fn events(&self) -> usize {
        self.ends.len() - self.committed.get()
    }

    /// Whether some of its events are handled and committed.
    pub(crate) fn has_begun(&self) -> bool {
        self.committed.get() > 0
    }

    /// Goes on after these events, which are committed.
    pub(crate) fn record_progress(&self, handled: usize) {
        self.committed.set(handled);
    }

    /// The end of so many events, unless these are all.
    pub(crate) fn interrupted_at(&self, handled: usize) -> Option<Horizon> {
        let last = handled.checked_sub(1)?;
        (handled < self.ends.len()).then(|| self.ends[last])
    }

    /// Lets the handler make its tables, if it has not yet, and handle the events for as long as the
    /// transaction may take. Tells how many events are handled then. A panic is an error like others.
    pub(crate) fn run(
        &self,
        connection: &Connection,
        guards: (&Authorizer, &WriteGuard<'_>),
        is_first: bool,
    ) -> Result<usize, Failure<BoxError>> {
        let (authorizer, lock) = guards;
        let watched = authorizer.watch(connection)?;
        let transaction = Transaction(connection);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            if is_first {
                self.timed(lock, || (self.create)(&transaction))?;
            }
            self.handle_in_time(&transaction, lock)
        }));
        drop(watched);
        let ran = ran.unwrap_or_else(|panic| {
            let message = format!("it panicked: {}", crate::panic::message(&*panic));
            Err(message.into())
        });
        // SQLite rolls back by itself when the disk is full or fails.
        if connection.is_autocommit() {
            return Err(interrupted(ran.err()).into());
        }
        ran.map_err(Failure::Refused)
    }

    fn handle_in_time(
        &self,
        transaction: &Transaction<'_>,
        lock: &WriteGuard<'_>,
    ) -> Result<usize, BoxError> {
        let mut handled = self.committed.get();
        while handled < self.ends.len() {
            self.timed(lock, || (self.handle)(handled, transaction))?;
            handled += 1;
            if lock.should_be_released() {
                break;
            }
        }
        Ok(handled)
    }

    fn timed<T>(&self, lock: &WriteGuard<'_>, call: impl FnOnce() -> T) -> T {
        let began = lock.instant();
        let result = call();
        self.longest_call
            .add(lock.instant().saturating_duration_since(began));
        result
    }
}

fn interrupted(error: Option<BoxError>) -> SqliteFault {
    let fault = error.and_then(|error| root(&*error));
    fault.unwrap_or_else(|| {
        SqliteFault::new(
            StoreErrorKind::Io,
            "SQLite has undone what a handler did; try again",
        )
    })
}

/// The error of SQLite, where the handler passed it on.
fn root(mut error: &(dyn std::error::Error + 'static)) -> Option<SqliteFault> {
    loop {
        if let Some(rusqlite::Error::SqliteFailure(code, message)) = error.downcast_ref() {
            return Some(rusqlite::Error::SqliteFailure(*code, message.clone()).into());
        }
        error = error.source()?;
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("events", &self.events())
            .finish_non_exhaustive()
    }
}
