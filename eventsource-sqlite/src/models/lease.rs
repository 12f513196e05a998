//! Staying the one who writes a model, and giving it up.

use std::time::Duration;

use eventsource_core::{Lease, Model, Place, ReadModelError, RunState};
use rusqlite::{Connection, Row, params};

use super::catalogue;
use crate::fault::{Answered, Fault};
use crate::streams;

/// Says that whoever claimed under this epoch is still there.
pub(super) fn beat(
    connection: &Connection,
    model: &Model,
    place: Place,
    epoch: u64,
) -> Answered<(), ReadModelError> {
    const BEAT: &str = "UPDATE models SET beat = beat + 1
        WHERE name = ?1 AND version = ?2 AND place = ?3 AND epoch = ?4";
    let place_in_sql = catalogue::place_to_sql(place);
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
    let is_there = catalogue::find(connection, named, place)?.is_some();
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
    let (state, error) = catalogue::state_to_sql(state);
    connection.prepare_cached(RELEASE)?.execute(params![
        model.name,
        model.version,
        catalogue::place_to_sql(place),
        epoch,
        state,
        error
    ])?;
    Ok(())
}

/// The columns `owner`, `beat` and `ttl`, from this one on.
pub(super) fn read(row: &Row<'_>, first: usize, epoch: u64) -> Result<Option<Lease>, Fault> {
    if row.get_ref(first)?.as_str_or_null()?.is_none() {
        return Ok(None);
    }
    let ttl = Duration::from_micros(row.get(first + 2)?);
    let mut lease = Lease::new(streams::uuid(row, first)?, epoch, ttl);
    lease.beat = row.get(first + 1)?;
    Ok(Some(lease))
}

/// What is written in these columns.
pub(super) fn to_sql(lease: Option<&Lease>) -> (Option<String>, u64, i64) {
    let Some(Lease {
        owner, beat, ttl, ..
    }) = lease
    else {
        return (None, 0, 0);
    };
    let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    (Some(owner.to_string()), *beat, ttl)
}
