//! Staying the one who writes a model, and giving it up.

use eventsource_core::ReadModelError;
use eventsource_core::read_model::{Model, Place, RunState};
use rusqlite::{Connection, params};

use super::columns::{generation_to_sql, kind_to_sql, state_to_sql};
use super::registry;
use crate::fault::{Answered, Fault};

/// Says that whoever claimed under this epoch is still there.
pub(super) fn beat(
    connection: &Connection,
    model: &Model,
    place: Place,
    epoch: u64,
) -> Answered<(), ReadModelError> {
    const BEAT: &str = "UPDATE models SET heartbeat = heartbeat + 1
        WHERE name = ?1 AND version = ?2 AND kind = ?3 AND generation = ?4 AND epoch = ?5";
    let (version, kind) = kind_to_sql(model.version);
    let generation = generation_to_sql(place);
    let beaten = connection
        .prepare_cached(BEAT)?
        .execute(params![model.name, version, kind, generation, epoch])?;
    if beaten == 1 {
        return Ok(Ok(()));
    }
    let named = (&*model.name, model.version);
    let is_there = registry::find(connection, named, place)?.is_some();
    let model = model.to_string();
    Ok(Err(if is_there {
        ReadModelError::TakenOver { model }
    } else {
        ReadModelError::Unknown { model }
    }))
}

/// Lets the next one write, unless somebody else has taken it over.
pub(super) fn release(
    connection: &Connection,
    model: &Model,
    place: Place,
    epoch: u64,
    state: &RunState,
) -> Result<(), Fault> {
    const RELEASE: &str = "UPDATE models SET owner = NULL, state = ?6, error = ?7
        WHERE name = ?1 AND version = ?2 AND kind = ?3 AND generation = ?4 AND epoch = ?5";
    let ((version, kind), (state, error)) = (kind_to_sql(model.version), state_to_sql(state));
    let generation = generation_to_sql(place);
    connection.prepare_cached(RELEASE)?.execute(params![
        model.name, version, kind, generation, epoch, state, error
    ])?;
    Ok(())
}
