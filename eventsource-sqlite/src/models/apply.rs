//! One step of a model in the writer's transaction.

use eventsource_core::engine::models::ModelEntry;
use eventsource_core::read_model::{Checkpoint, Writer};
use rusqlite::Connection;

use super::Outcome;
use super::handlers::Guard;
use super::request::{Answer, Handled, Step, StepResult};
use super::{change, registry, write};
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::write_lock::WriteGuard;

/// Takes a step. If it is refused, and some of it may have been written, the transaction has to
/// be undone: not a part of it, since modules of SQLite, such as the one for full text, forget
/// with a savepoint less than they remember.
pub(crate) fn apply(
    connection: &Connection,
    guards: (&Guard, &WriteGuard<'_>),
    step: &Step,
) -> Result<Applied, SqliteFault> {
    Ok(match Failure::part(decide(connection, guards, step))? {
        Ok(StepResult::Handled(handled)) => Applied::Part(handled),
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
) -> Outcome<StepResult> {
    match step {
        Step::Claim(claim) => change::decide(connection, |catalog| Ok(catalog.claim(claim)?))
            .map(|claimed| StepResult::ClaimOutcome(Box::new(claimed))),
        Step::Beat(writer) => change_entry(connection, writer, |entry| {
            entry.heartbeat(writer.epoch)?;
            Ok(StepResult::Noted)
        }),
        Step::Release(writer, state) => note(connection, writer, |entry| {
            entry.release(writer.epoch, state.clone())
        }),
        Step::Report(writer, state) => note(connection, writer, |entry| {
            entry.report(writer.epoch, state.clone())
        }),
        Step::BeginBatch(writer, at) => change_entry(connection, writer, |entry| {
            let at = Checkpoint::new(*at, writer.epoch);
            Ok(StepResult::Begun(entry.begin_batch(at)?))
        }),
        Step::Write(change) => write::write(connection, guards, change),
        Step::Switch(id, at, lost) => {
            change::decide(connection, |catalog| Ok(catalog.switch(id, *at, *lost)?))
                .map(StepResult::Switched)
        }
        Step::Unpark(id, key) => {
            write::unpark(connection, id, key.as_ref()).map(StepResult::Unparked)
        }
        Step::RemoveOlder(id) => {
            change::decide(connection, |catalog| Ok(catalog.remove_older(id)?))
                .map(StepResult::Removed)
        }
        Step::RemoveInline(name) => {
            change::decide(connection, |catalog| Ok(catalog.remove_inline(name)))
                .map(StepResult::Removed)
        }
    }
}

fn change_entry<T>(
    connection: &Connection,
    writer: &Writer,
    change: impl FnOnce(&mut ModelEntry) -> Outcome<T>,
) -> Outcome<T> {
    let mut entry = registry::find(connection, &writer.id, writer.generation)?;
    let answer = change(&mut entry)?;
    registry::save(connection, &entry)?;
    Ok(answer)
}

/// A model that is gone, and one that another writer has, note nothing.
fn note(
    connection: &Connection,
    writer: &Writer,
    change: impl FnOnce(&mut ModelEntry) -> bool,
) -> Outcome<StepResult> {
    if let Some(mut entry) = registry::at(connection, &writer.id, writer.generation)?
        && change(&mut entry)
    {
        registry::save(connection, &entry)?;
    }
    Ok(StepResult::Noted)
}
