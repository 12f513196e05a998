//! Changing rows and checkpoint.

use std::cell::Cell;

use eventsource_core::read_model::{Checkpoint, Model, Parking, Place, RowWrite, Table, Write};
use eventsource_core::{Horizon, Key, Position, ReadModelError};
use rusqlite::Connection;

use super::authorizer::Guard;
use super::job::Job;
use super::parked::ParkedKeys;
use super::registry::{self, Entry};
use super::request::{Handled, Told};
use super::rows::Rows;
use super::{read, view};
use crate::fault::{Answered, Fault};
use crate::file::write_lock::WriteGuard;

/// A [`Write`] whose parts may go to another thread.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) model: Model,
    pub(crate) place: Place,
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
    pub(crate) fn of(write: Write) -> Result<Self, ReadModelError> {
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
            job.map_err(|_| ReadModelError::unsupported(message))
        });
        Ok(Self {
            job: job.transpose()?.map(|job| *job),
            model: write.model,
            place: write.place,
            from: Cell::new(write.from),
            to: write.to,
            serving: write.serving,
            rows: write.rows,
            parking: write.parking,
        })
    }
}

/// Refuses positions in several logs: a model follows one, whose number is kept once.
fn same_log(position: Position, to: Position) -> Result<(), ReadModelError> {
    if position.log() == to.log() {
        return Ok(());
    }
    let message = "a read model in an SQLite file follows one log of its store";
    Err(ReadModelError::unsupported(message))
}

pub(crate) fn write(
    connection: &Connection,
    guards: (&Guard, &WriteGuard<'_>),
    change: &Change,
) -> Answered<Told, ReadModelError> {
    let (model, place) = (&change.model, change.place);
    let Some(mut entry) = registry::find(connection, (&model.name, model.version), place)? else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if let Err(refusal) = entry.check(model) {
        return Ok(Err(refusal));
    }
    if entry.progress.checkpoint != change.from.get() {
        let model = model.to_string();
        return Ok(Err(ReadModelError::TakenOver { model }));
    }
    if let Some(job) = &change.job {
        let events = match job.run(connection, guards, !entry.created)? {
            Ok(events) => events,
            Err(error) => return Ok(Err(ReadModelError::Handler(error))),
        };
        entry.created = true;
        if let Some(at) = job.interrupted_at(events) {
            entry.progress.checkpoint.at = at;
            entry.save_progress(connection)?;
            let checkpoint = entry.progress.checkpoint;
            return Ok(Ok(Told::Handled(Handled { events, checkpoint })));
        }
    }
    if !change.parking.is_empty() {
        let parked = ParkedKeys::of(connection, &entry).apply(&change.parking)?;
        entry.progress.parked = parked;
    }
    let serves = entry.progress.serving || change.serving && may_serve(connection, model, &entry)?;
    let begins_to_serve = serves && !entry.progress.serving && place == Place::Main;
    if begins_to_serve && let Err(refusal) = view::check_all(connection, &entry.tables)? {
        return Ok(Err(refusal));
    }
    for (number, table) in entry.tables.iter().enumerate() {
        let of_table = change.rows.iter().filter(|row| row.table == number);
        let mut of_table = of_table
            .map(|row| (&row.key, row.row.as_deref()))
            .peekable();
        if of_table.peek().is_some() {
            Rows::new(connection, table, place).write(of_table)?;
        }
    }
    entry.progress.checkpoint.at = change.to;
    entry.progress.serving = serves;
    entry.save_progress(connection)?;
    if begins_to_serve {
        view::refresh(connection, &entry.tables)?;
    }
    Ok(Ok(Told::Written(entry.progress.checkpoint)))
}

/// Counts that a batch is begun at this checkpoint.
pub(crate) fn begin_batch(
    connection: &Connection,
    model: &Model,
    place: Place,
    at: Checkpoint,
) -> Answered<u32, ReadModelError> {
    let Some(entry) = registry::find(connection, (&model.name, model.version), place)? else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if entry.progress.checkpoint != at {
        let model = model.to_string();
        return Ok(Err(ReadModelError::TakenOver { model }));
    }
    Ok(Ok(entry.begin_batch(connection)?))
}

/// Whether it has no more parked keys than the newest older version that serves.
fn may_serve(connection: &Connection, model: &Model, entry: &Entry) -> Result<bool, Fault> {
    if entry.progress.parked == 0 {
        return Ok(true);
    }
    let entries = registry::all(connection)?.into_iter();
    let older = entries.filter(|it| {
        model.replaces(&it.name, it.version) && it.place == Place::Main && it.progress.serving
    });
    let newest = older.max_by_key(|it| it.version);
    Ok(newest.is_none_or(|newest| entry.progress.parked <= newest.progress.parked))
}

pub(crate) fn unpark(
    connection: &Connection,
    table: &Table,
    key: Option<&Key>,
) -> Answered<u64, ReadModelError> {
    let Some(owner) = registry::owner(connection, table, Place::Main)? else {
        return Ok(Err(read::unknown(table)));
    };
    Ok(Ok(ParkedKeys::of(connection, &owner).unpark(key)?))
}
