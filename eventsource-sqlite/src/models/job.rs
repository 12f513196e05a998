//! What a handler does with a batch of events.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsource_core::StoreErrorKind;
use rusqlite::Connection;

use super::guard::Guard;
use super::transaction::Transaction;
use crate::fault::{Answered, Fault};
use crate::writer;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Run = dyn Fn(&Transaction<'_>) -> Result<(), BoxError> + Send;

/// Travels in a [`Write`](eventsource_core::Write) to the thread that writes.
pub(crate) struct Job {
    create: Box<Run>,
    handle: Box<Run>,
    events: usize,
}

impl Job {
    pub(super) fn new(
        create: impl Fn(&Transaction<'_>) -> Result<(), BoxError> + Send + 'static,
        handle: impl Fn(&Transaction<'_>) -> Result<(), BoxError> + Send + 'static,
        events: usize,
    ) -> Self {
        Self {
            create: Box::new(create),
            handle: Box::new(handle),
            events,
        }
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// Lets the handler make its tables, if it has not yet, and handle the events. A panic is an
    /// error like others.
    pub(super) fn run(
        &self,
        connection: &Connection,
        guard: &Guard,
        is_first: bool,
    ) -> Answered<(), BoxError> {
        let watched = guard.watch(connection)?;
        let transaction = Transaction(connection);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            if is_first {
                (self.create)(&transaction)?;
            }
            (self.handle)(&transaction)
        }));
        drop(watched);
        let ran = ran.unwrap_or_else(|panic| {
            let message = format!("it panicked: {}", writer::message(&*panic));
            Err(message.into())
        });
        // SQLite rolls back by itself when the disk is full or fails.
        if connection.is_autocommit() {
            return Err(interrupted(ran.err()));
        }
        Ok(ran)
    }
}

fn interrupted(error: Option<BoxError>) -> Fault {
    let told = error.and_then(|error| root(&*error));
    told.unwrap_or_else(|| {
        Fault::new(
            StoreErrorKind::Io,
            "SQLite has undone what a handler did; try again",
        )
    })
}

/// What SQLite said, where the handler passed it on.
fn root(mut error: &(dyn std::error::Error + 'static)) -> Option<Fault> {
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
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
