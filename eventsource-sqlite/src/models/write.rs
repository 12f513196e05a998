//! Changing rows and checkpoint.

use std::cell::Cell;

use eventsource_core::engine::group_commit::RequestSize;
use eventsource_core::engine::models::{ModelCatalog, ModelEntry};
use eventsource_core::read_model::{
    Checkpoint, Generation, MaintainError, Model, ModelId, Parking, RowWrite, Write, WriteError,
};
use eventsource_core::{Horizon, Key, Position};
use rusqlite::Connection;

use super::Outcome;
use super::handlers::{Authorizer, Job};
use super::parked::ParkedKeys;
use super::rows::Rows;
use super::{change, registry};
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::write_lock::WriteGuard;

/// A [`Write`] whose parts may go to another thread.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) model: Model,
    pub(crate) generation: Generation,
    /// Moves on with the transactions that a handler needs.
    pub(crate) from: Cell<Checkpoint>,
    pub(crate) to: Horizon,
    pub(crate) serving: bool,
    pub(crate) rows: Vec<RowWrite>,
    pub(crate) parking: Vec<Parking>,
    pub(crate) job: Option<Job>,
}

impl Change {
    /// Refuses what can be refused without a look into the file.
    pub(crate) fn of(write: Write) -> Result<Self, WriteError> {
        write.check()?;
        let (from, to) = (write.from.at.position(), write.to.position());
        if from != Position::START {
            same_log(from, to)?;
        }
        let parking = write.parking.iter();
        parking
            .map(Parking::position)
            .try_for_each(|at| same_log(at, to))?;
        let job = write.also.map(|also| {
            let message = "the handler is that of another store";
            let job = also.downcast::<Job>();
            job.map_err(|_| WriteError::unsupported(message))
        });
        Ok(Self {
            job: job.transpose()?.map(|job| *job),
            model: write.model,
            generation: write.generation,
            from: Cell::new(write.from),
            to: write.to,
            serving: write.serving,
            rows: write.rows,
            parking: write.parking,
        })
    }

    /// How many rows and bytes it changes.
    pub(super) fn size(&self) -> RequestSize {
        let rows = self.rows.iter().filter_map(|row| row.row.as_ref());
        let events = self.job.as_ref().map_or(0, Job::events);
        RequestSize {
            items: 1 + self.rows.len() + self.parking.len() + events,
            bytes: rows.map(|row| row.len()).sum(),
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.job.as_ref().is_some_and(Job::has_begun)
    }

    pub(super) fn record_progress(&self, handled: Handled) {
        if let Some(job) = &self.job {
            self.from.set(handled.checkpoint);
            job.record_progress(handled.events);
        }
    }

    /// Whether it may be refused after a part of it was written. Rows are not: they are refused by a
    /// look at their checkpoint and at what is parked, or not at all.
    pub(super) fn may_be_undone(&self) -> bool {
        self.job.is_some() || !self.parking.is_empty()
    }
}

/// Refuses positions in several logs: a model follows one, whose number is kept once.
fn same_log(position: Position, to: Position) -> Result<(), WriteError> {
    if position.log() == to.log() {
        return Ok(());
    }
    let message = "a read model in an SQLite file follows one log of its store";
    Err(WriteError::unsupported(message))
}

/// How far a handler came in the time that a transaction has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handled {
    events: usize,
    checkpoint: Checkpoint,
}

/// The part of a write that one transaction had time for.
pub(crate) enum Written {
    Whole(Checkpoint),
    Part(Handled),
}

pub(super) fn write(
    connection: &Connection,
    guards: (&Authorizer, &WriteGuard<'_>),
    change: &Change,
) -> Outcome<Written, WriteError> {
    let mut entry = registry::find(connection, &change.model.id, change.generation)?;
    let checked = entry.check_write(&change.model, change.from.get());
    checked.map_err(Failure::Refused)?;
    if let Some(job) = &change.job {
        let handled = job.run(connection, guards, !entry.has_own_tables);
        let events = handled.map_err(|failure| failure.map(WriteError::Handler))?;
        entry.has_own_tables = true;
        if let Some(at) = job.interrupted_at(events) {
            entry.advance(at);
            registry::save(connection, &entry)?;
            let checkpoint = entry.progress.checkpoint;
            return Ok(Written::Part(Handled { events, checkpoint }));
        }
    }
    ParkedKeys::of(connection, &entry).apply(&change.parking, &mut entry.progress.parked)?;
    entry.advance(change.to);
    let begins_to_serve = change.serving && serve(connection, &mut entry)?;
    if begins_to_serve {
        change::serve(connection, &entry).map_err(Failure::convert)?;
    } else {
        registry::save(connection, &entry)?;
    }
    for (number, table) in entry.tables.iter().enumerate() {
        let of_table = change.rows.iter().filter(|row| row.table == number);
        let mut of_table = of_table
            .map(|row| (&row.key, row.row.as_deref()))
            .peekable();
        if of_table.peek().is_some() {
            Rows::new(connection, table, change.generation).write(of_table)?;
        }
    }
    Ok(Written::Whole(entry.progress.checkpoint))
}

/// Tells whether readers of the main place begin to read the entry. The other entries are looked at
/// only if keys are parked.
fn serve(connection: &Connection, entry: &mut ModelEntry) -> Result<bool, SqliteFault> {
    let most = match entry.progress.parked {
        0 => None,
        _ => ModelCatalog::new(&registry::all(connection)?).parked_in_serving(&entry.id),
    };
    Ok(entry.serve(most))
}

pub(crate) fn unpark(
    connection: &Connection,
    id: &ModelId,
    key: Option<&Key>,
) -> Outcome<u64, MaintainError> {
    let owner = registry::owner(connection, id, Generation::Serving)?;
    Ok(ParkedKeys::of(connection, &owner).unpark(key)?)
}
