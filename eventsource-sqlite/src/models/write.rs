//! Changing rows and checkpoint.

use eventsource_core::{Checkpoint, Model, Place, Position, ReadModelError, RowWrite, Write};
use rusqlite::Connection;

use super::job::Job;
use super::rows::Rows;
use super::{catalogue, guard::Guard, view};
use crate::fault::Answered;

/// A [`Write`] whose parts may go to another thread.
#[derive(Debug)]
pub(crate) struct Change {
    pub(super) model: Model,
    pub(super) place: Place,
    pub(super) from: Checkpoint,
    pub(super) to: Position,
    pub(super) serving: bool,
    pub(super) rows: Vec<RowWrite>,
    pub(super) job: Option<Job>,
}

impl Change {
    /// Refuses what can be refused without a look into the file.
    pub(super) fn of(write: Write) -> Result<Self, ReadModelError> {
        write.check()?;
        in_log(write.to)?;
        let job = write.also.map(|also| {
            let message = "the handler is that of another store";
            let job = also.downcast::<Job>();
            job.map_err(|_| ReadModelError::unsupported(message))
        });
        Ok(Self {
            job: job.transpose()?.map(|job| *job),
            model: write.model,
            place: write.place,
            from: write.from,
            to: write.to,
            serving: write.serving,
            rows: write.rows,
        })
    }
}

/// Refuses a position that the file has no column for.
pub(super) fn in_log(position: Position) -> Result<(), ReadModelError> {
    if position.log() == 0 {
        return Ok(());
    }
    let message = "rows of a sharded store cannot be kept in an SQLite file";
    Err(ReadModelError::unsupported(message))
}

pub(super) fn write(
    connection: &Connection,
    guard: &Guard,
    change: &Change,
) -> Answered<Checkpoint, ReadModelError> {
    let (model, place) = (&change.model, change.place);
    let Some(mut entry) = catalogue::find(connection, (&model.name, model.version), place)? else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if let Err(refusal) = entry.check(model) {
        return Ok(Err(refusal));
    }
    if entry.progress.checkpoint != change.from {
        let model = model.to_string();
        return Ok(Err(ReadModelError::TakenOver { model }));
    }
    let begins_to_serve = change.serving && !entry.progress.serving && place == Place::Main;
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
    if let Some(job) = &change.job {
        if let Err(error) = job.run(connection, guard, !entry.created)? {
            return Ok(Err(ReadModelError::Handler(error)));
        }
        entry.created = true;
    }
    entry.progress.checkpoint.position = change.to;
    entry.progress.serving |= change.serving;
    entry.save_progress(connection)?;
    if begins_to_serve {
        view::refresh(connection, &entry.tables)?;
    }
    Ok(Ok(entry.progress.checkpoint))
}
