//! The steps of a model that the engine decides, in the writer's transaction.

use eventsource_core::Horizon;
use eventsource_core::engine::models::ModelEntry;
use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, MaintainError, ModelId, ModelNotFound, RunState,
    WriteError, Writer,
};
use rusqlite::Connection;

use super::{Outcome, change, registry};
use crate::failure::Failure;

pub(crate) fn claim(connection: &Connection, claim: &Claim) -> Outcome<ClaimOutcome, ClaimError> {
    change::decide(connection, |catalog| catalog.claim(claim))
}

pub(crate) fn heartbeat(connection: &Connection, writer: &Writer) -> Outcome<(), ClaimError> {
    change_entry(connection, writer, |entry| entry.heartbeat(writer.epoch))
}

pub(crate) fn release(
    connection: &Connection,
    writer: &Writer,
    state: &RunState,
) -> Outcome<(), ClaimError> {
    note(connection, writer, |entry| {
        entry.release(writer.epoch, state.clone())
    })
}

pub(crate) fn report(
    connection: &Connection,
    writer: &Writer,
    state: &RunState,
) -> Outcome<(), WriteError> {
    note(connection, writer, |entry| {
        entry.report(writer.epoch, state.clone())
    })
}

/// Counts how often the batch was begun.
pub(crate) fn begin_batch(
    connection: &Connection,
    writer: &Writer,
    at: Horizon,
) -> Outcome<u32, WriteError> {
    change_entry(connection, writer, |entry| {
        entry.begin_batch(Checkpoint::new(at, writer.epoch))
    })
}

pub(crate) fn switch(
    connection: &Connection,
    id: &ModelId,
    at: Checkpoint,
    lost: Option<Horizon>,
) -> Outcome<Option<Checkpoint>, MaintainError> {
    change::decide(connection, |catalog| catalog.switch(id, at, lost))
}

pub(crate) fn remove_older(
    connection: &Connection,
    id: &ModelId,
) -> Outcome<Vec<u32>, MaintainError> {
    change::decide(connection, |catalog| catalog.remove_older(id))
}

pub(crate) fn remove_inline(
    connection: &Connection,
    name: &str,
) -> Outcome<Vec<u32>, MaintainError> {
    change::decide(connection, |catalog| Ok(catalog.remove_inline(name)))
}

fn change_entry<T, E: From<ModelNotFound>>(
    connection: &Connection,
    writer: &Writer,
    change: impl FnOnce(&mut ModelEntry) -> Result<T, E>,
) -> Outcome<T, E> {
    let mut entry = registry::find(connection, &writer.id, writer.generation)?;
    let answer = change(&mut entry).map_err(Failure::Refused)?;
    registry::save(connection, &entry)?;
    Ok(answer)
}

/// A model that is gone, and one that another writer has, note nothing.
fn note<E>(
    connection: &Connection,
    writer: &Writer,
    change: impl FnOnce(&mut ModelEntry) -> bool,
) -> Outcome<(), E> {
    if let Some(mut entry) = registry::at(connection, &writer.id, writer.generation)?
        && change(&mut entry)
    {
        registry::save(connection, &entry)?;
    }
    Ok(())
}
