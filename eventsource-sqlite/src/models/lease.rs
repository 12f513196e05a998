//! Staying the one who writes a model, and giving it up.

use eventsource_core::ReadModelError;
use eventsource_core::read_model::{Model, Place, RunState};
use rusqlite::{Connection, params};

use super::registry;
use crate::fault::{Answered, Fault};

/// Says that whoever claimed under this epoch is still there.
pub(super) fn beat(
    connection: &Connection,
    model: &Model,
    place: Place,
    epoch: u64,
) -> Answered<(), ReadModelError> {
    const BEAT: &str = "UPDATE models SET beat = beat + 1
        WHERE name = ?1 AND version = ?2 AND place = ?3 AND epoch = ?4";
    let place_in_sql = super::columns::place_to_sql(place);
    let beaten = connection.prepare_cached(BEAT)?.execute(params![
        model.name,
        model.version,
        place_in_sql,
        epoch
    ])?;
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
    const RELEASE: &str = "UPDATE models SET owner = NULL, state = ?5, error = ?6
        WHERE name = ?1 AND version = ?2 AND place = ?3 AND epoch = ?4";
    let (state, error) = super::columns::state_to_sql(state);
    connection.prepare_cached(RELEASE)?.execute(params![
        model.name,
        model.version,
        super::columns::place_to_sql(place),
        epoch,
        state,
        error
    ])?;
    Ok(())
}
