//! One step of a model in the writer's transaction.

use eventsource_core::ReadModelError;
use rusqlite::Connection;

use super::authorizer::Guard;
use super::request::{Answer, Handled, Step, Told};
use super::{claim, lease, registry, remove, switch, write};
use crate::fault::{Answered, Fault};
use crate::file::write_lock::WriteGuard;

/// Takes a step. If it is refused, and some of it may have been written, the transaction has to
/// be undone: not a part of it, since modules of SQLite, such as the one for full text, forget
/// with a savepoint less than they remember.
pub(crate) fn apply(
    connection: &Connection,
    guards: (&Guard, &WriteGuard<'_>),
    step: &Step,
) -> Result<Applied, Fault> {
    Ok(match decide(connection, guards, step)? {
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
) -> Answered<Told, ReadModelError> {
    Ok(match step {
        Step::Claim(claim) => {
            claim::claim(connection, claim)?.map(|claimed| Told::Claimed(Box::new(claimed)))
        }
        Step::Beat(model, place, epoch) => {
            lease::beat(connection, model, *place, *epoch)?.map(|()| Told::Noted)
        }
        Step::Release(model, place, epoch, state) => {
            lease::release(connection, model, *place, *epoch, state)?;
            Ok(Told::Noted)
        }
        Step::Write(change) => write::write(connection, guards, change)?,
        Step::BeginBatch(model, place, at) => {
            write::begin_batch(connection, model, *place, *at)?.map(Told::Begun)
        }
        Step::Switch(model, at, lost) => {
            switch::switch(connection, model, *at, *lost)?.map(Told::Switched)
        }
        Step::Report(model, place, epoch, state) => {
            registry::report(connection, model, *place, *epoch, state)?;
            Ok(Told::Noted)
        }
        Step::Unpark(table, key) => {
            write::unpark(connection, table, key.as_ref())?.map(Told::Unparked)
        }
        Step::RemoveOlder(model) => remove::remove_older(connection, model)?.map(Told::Removed),
        Step::RemoveInline(name) => remove::remove_inline(connection, name)?.map(Told::Removed),
    })
}
