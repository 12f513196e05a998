//! Read models of older versions of the schema, on their way into today's tables.

use eventsource_core::engine::models::{ModelEntry, ParkedKey};
use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::{Checkpoint, Generation, ModelId, Progress, Table};
use eventsource_core::store::{Limits, LogId, StoreId};
use eventsource_core::{Horizon, Key, Position, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::columns::{self, state, unknown};
use super::names::{self, quoted};
use super::rows::{self, Rows};
use super::{free_names, lease_columns, parked_row, registry, stored_table, switch};
use crate::fault::{RESTORE, SqliteFault};
use crate::file::columns::uuid;
use crate::tables::migration;

const MODELS: &str = "SELECT name, version, place, source, position, epoch, serving, state, error,
    created, tables, owner, beat, ttl, inline FROM old_models ORDER BY name, version, place";
const PARKED: &str = "SELECT key, position, reason, attempts, next_attempt, unparked
    FROM old_parked_keys WHERE name = ?1 AND version = ?2 AND place = ?3";
const EVENTS: &str = "SELECT key, position FROM old_parked_events
    WHERE name = ?1 AND version = ?2 AND place = ?3";
/// Rows that are written at once.
const PAGE: usize = 1_000;

/// Moves the rows of the log and of the models from the version before to this one, in the
/// transaction in which its SQL was run.
pub(crate) fn move_rows(connection: &Connection, version: usize) -> Result<(), SqliteFault> {
    migration::move_rows(connection, version)?;
    if version != 2 {
        return Ok(());
    }
    // No statement reads while tables are dropped.
    for (old, entry) in old_models(connection)? {
        registry::save(connection, &entry)?;
        old.move_parked(connection, &entry)?;
        for table in &entry.tables {
            move_table(connection, table, entry.generation)?;
        }
    }
    connection.execute_batch(include_str!("../file/schema/v2_models_end.sql"))?;
    Ok(())
}

fn old_models(connection: &Connection) -> Result<Vec<(OldModel, ModelEntry)>, SqliteFault> {
    let mut all = connection.prepare(MODELS)?;
    let (mut rows, mut models) = (all.query([])?, Vec::new());
    for id in 1.. {
        let Some(row) = rows.next()? else { break };
        let old = OldModel::read(row)?;
        let entry = old.entry(row, id)?;
        models.push((old, entry));
    }
    Ok(models)
}

/// By what a row of version 1 was found.
struct OldModel {
    name: String,
    /// 0 of a reactor.
    version: u32,
    generation: String,
}

impl OldModel {
    fn read(row: &Row<'_>) -> Result<Self, SqliteFault> {
        Ok(Self {
            name: row.get(0)?,
            version: row.get(1)?,
            generation: row.get(2)?,
        })
    }

    fn entry(&self, row: &Row<'_>, number: u64) -> Result<ModelEntry, SqliteFault> {
        let generation = match self.generation.as_str() {
            "main" => Generation::Serving,
            "beside" => Generation::Rebuilding,
            generation => return Err(unknown("place", generation)),
        };
        let mut progress = Progress::new(LogId::new(StoreId::new(uuid(row, 3)?), 0));
        // A commit id comes with its next write.
        let at = Horizon::unchecked(Position::new(row.get(4)?));
        progress.checkpoint = Checkpoint::new(at, row.get(5)?);
        progress.serving = row.get(6)?;
        progress.state = state(row.get_ref(7)?.as_str()?, row.get(8)?)?;
        progress.lease = lease_columns::read(row, 11, progress.checkpoint.epoch)?;
        let inline = row.get_ref(14)?.as_str_or_null()?;
        Ok(ModelEntry {
            number,
            id: match self.version {
                0 => ModelId::reactor(self.name.clone()),
                version => ModelId::projection(self.name.clone(), version),
            },
            generation,
            progress,
            has_own_tables: row.get(9)?,
            tables: stored_table::from_json(row.get_ref(10)?.as_str()?)?,
            inline: inline.map(columns::inline).transpose()?,
            fingerprint: None,
            starts: 0,
        })
    }

    fn move_parked(&self, connection: &Connection, entry: &ModelEntry) -> Result<(), SqliteFault> {
        const QUEUE: &str =
            "INSERT OR IGNORE INTO parked_events (model, key, position) VALUES (?1, ?2, ?3)";
        let of_model = params![self.name, self.version, self.generation];
        let mut keys = connection.prepare_cached(PARKED)?;
        let mut rows = keys.query(of_model)?;
        while let Some(row) = rows.next()? {
            let parked = ParkedKey {
                key: old_key(row.get_ref(0)?.as_str()?)?,
                position: Position::new(row.get(1)?),
                reason: row.get(2)?,
                attempts: row.get(3)?,
                next_attempt: Timestamp::from_micros(row.get(4)?),
                unparked: row.get(5)?,
            };
            parked_row::save(connection, entry.number, &parked)?;
        }
        let mut events = connection.prepare_cached(EVENTS)?;
        let mut rows = events.query(of_model)?;
        while let Some(row) = rows.next()? {
            let key = old_key(row.get_ref(0)?.as_str()?)?;
            let position: u64 = row.get(1)?;
            let mut queue = connection.prepare_cached(QUEUE)?;
            queue.execute(params![entry.number, key.as_bytes(), position])?;
        }
        Ok(())
    }
}

/// A parked key as version 1 had it: a JSON array of its parts.
fn old_key(text: &str) -> Result<Key, SqliteFault> {
    let part = |part: Value| match part {
        Value::String(text) => Some(KeyPart::Text(text)),
        Value::Number(number) => number.as_i64().map(KeyPart::Integer),
        _ => None,
    };
    let parts = serde_json::from_str::<Vec<Value>>(text).ok();
    let parts: Option<Vec<_>> = parts.and_then(|parts| parts.into_iter().map(part).collect());
    let no_key = || SqliteFault::corrupt(format!("a parked key is not one; {RESTORE}"));
    parts.map(Key::from_parts).ok_or_else(no_key)
}

/// Makes the table anew with the bytes of the keys and checksums. Indexes and triggers that users
/// made are made again.
fn move_table(
    connection: &Connection,
    table: &Table,
    generation: Generation,
) -> Result<(), SqliteFault> {
    let name = names::table(table, generation);
    if free_names::find(connection, &name)?.is_none() {
        // It was removed, and reading reports that as before.
        return Ok(());
    }
    let moved = format!("{name}_moved");
    connection.execute_batch(&rows::create_as(table, &moved))?;
    copy_rows(connection, table, &name, &moved)?;
    switch::replace_with(connection, &quoted(&moved), &name)
}

fn copy_rows(
    connection: &Connection,
    table: &Table,
    from: &str,
    to: &str,
) -> Result<(), SqliteFault> {
    let columns = table.key.iter().map(AsRef::as_ref).chain(["row"]);
    let columns: Vec<String> = columns.map(quoted).collect();
    let all = format!("SELECT {} FROM {}", columns.join(", "), quoted(from));
    let to = Rows::named(connection, table, to);
    let mut all = connection.prepare(&all)?;
    let (mut rows, mut page) = (all.query([])?, Vec::new());
    loop {
        let row = rows.next()?;
        let is_last = row.is_none();
        if let Some(row) = row {
            let parts = (0..table.key.len()).map(|index| old_part(row, index, from));
            let key = Key::from_parts(parts.collect::<Result<Vec<_>, _>>()?);
            if key.is_shortened() {
                // No event can be projected on it any more: it would be parked.
                return Err(too_long(from));
            }
            page.push((key, row.get::<_, String>(table.key.len())?));
        }
        if is_last || page.len() >= PAGE {
            to.write(page.iter().map(|(key, row)| (key, Some(&**row))))?;
            page.clear();
        }
        if is_last {
            return Ok(());
        }
    }
}

fn old_part(row: &Row<'_>, index: usize, table: &str) -> Result<KeyPart, SqliteFault> {
    match row.get_ref(index)? {
        ValueRef::Integer(integer) => Ok(KeyPart::Integer(integer)),
        ValueRef::Text(_) => Ok(KeyPart::Text(row.get(index)?)),
        _ => {
            let message = format!("a key in `{table}` is neither integer nor text; {RESTORE}");
            Err(SqliteFault::corrupt(message))
        }
    }
}

fn too_long(table: &str) -> SqliteFault {
    let message = format!(
        "a key in `{table}` has more than {} bytes, which this version of the schema does not keep; \
        remove the read model with the older program, and give it a shorter key",
        Limits::DEFAULT.key_bytes
    );
    SqliteFault::new(
        eventsource_core::store::StoreErrorKind::Incompatible,
        message,
    )
}
