//! One step of a model in the writer's transaction.

use eventsource_core::engine::models::ModelEntry;
use eventsource_core::read_model::{Model, Place};
use rusqlite::Connection;

use super::authorizer::Guard;
use super::refusal::{Outcome, answered};
use super::request::{Answer, Handled, Step, Told};
use super::{change, registry, write};
use crate::fault::Fault;
use crate::file::write_lock::WriteGuard;

/// Takes a step. If it is refused, and some of it may have been written, the transaction has to
/// be undone: not a part of it, since modules of SQLite, such as the one for full text, forget
/// with a savepoint less than they remember.
pub(crate) fn apply(
    connection: &Connection,
    guards: (&Guard, &WriteGuard<'_>),
    step: &Step,
) -> Result<Applied, Fault> {
    Ok(match answered(decide(connection, guards, step))? {
        Ok(Told::Handled(handled)) => Applied::Part(handled),
        Err(refusal) if step.may_be_undone() => Applied::ToBeUndone(Err(refusal)),
        answer => Applied::Whole(answer),
    })
}

/// What came of a step.
pub(crate) enum Applied {
    /// It is done, or nothing of it.
    Whole(Answer),
    /// A part of it is done, and the transaction may take no longer.
    Part(Handled),
    /// It is refused, and something of it may be done.
    ToBeUndone(Answer),
}

fn decide(
    connection: &Connection,
    guards: (&Guard, &WriteGuard<'_>),
    step: &Step,
) -> Outcome<Told> {
    match step {
        Step::Claim(claim) => change::decide(connection, |catalog| Ok(catalog.claim(claim)?))
            .map(|claimed| Told::Claimed(Box::new(claimed))),
        Step::Beat(model, place, epoch) => change_entry(connection, model, *place, |entry| {
            entry.heartbeat(*epoch)?;
            Ok(Told::Noted)
        }),
        Step::Release(model, place, epoch, state) => note(connection, model, *place, |entry| {
            entry.release(*epoch, state.clone())
        }),
        Step::Report(model, place, epoch, state) => note(connection, model, *place, |entry| {
            entry.report(*epoch, state.clone())
        }),
        Step::BeginBatch(model, place, at) => change_entry(connection, model, *place, |entry| {
            Ok(Told::Begun(entry.begin_batch(*at)?))
        }),
        Step::Write(change) => write::write(connection, guards, change),
        Step::Switch(model, at, lost) => {
            change::decide(connection, |catalog| Ok(catalog.switch(model, *at, *lost)?))
                .map(Told::Switched)
        }
        Step::Unpark(table, key) => {
            write::unpark(connection, table, key.as_ref()).map(Told::Unparked)
        }
        Step::RemoveOlder(model) => {
            change::decide(connection, |catalog| Ok(catalog.remove_older(model)?))
                .map(Told::Removed)
        }
        Step::RemoveInline(name) => {
            change::decide(connection, |catalog| Ok(catalog.remove_inline(name))).map(Told::Removed)
        }
    }
}

fn change_entry<T>(
    connection: &Connection,
    model: &Model,
    place: Place,
    change: impl FnOnce(&mut ModelEntry) -> Outcome<T>,
) -> Outcome<T> {
    let mut entry = registry::find(connection, model, place)?;
    let answer = change(&mut entry)?;
    registry::save(connection, &entry)?;
    Ok(answer)
}

/// A model that is gone, and one that another writer has, note nothing.
fn note(
    connection: &Connection,
    model: &Model,
    place: Place,
    change: impl FnOnce(&mut ModelEntry) -> bool,
) -> Outcome<Told> {
    if let Some(mut entry) = registry::at(connection, model, place)?
        && change(&mut entry)
    {
        registry::save(connection, &entry)?;
    }
    Ok(Told::Noted)
}
