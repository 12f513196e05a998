//! Which models the file has, and how far they are.

use eventsource_core::read_model::{Checkpoint, Model, Place, Progress, RunState, Table};
use eventsource_core::{Position, ReadModelError};
use rusqlite::{Connection, Row, params};

use super::columns::{place, place_to_sql, state, state_to_sql};
use super::inline::Inline;
use super::stored_table::{self, KnownTable};
use crate::fault::Fault;

const COLUMNS: &str = "name, version, place, source, position, epoch, serving, state, error,
    created, tables, owner, beat, ttl, inline";
const PARKED: &str = "(SELECT count(*) FROM parked_keys WHERE parked_keys.name = models.name
    AND parked_keys.version = models.version AND parked_keys.place = models.place) AS parked";

/// A model at a place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) place: Place,
    pub(super) progress: Progress,
    /// Whether a handler has made its tables.
    pub(super) created: bool,
    pub(super) tables: Vec<KnownTable>,
    /// `None` if a runner keeps it.
    pub(super) inline: Option<Inline>,
}

impl Entry {
    pub(super) fn new(model: &Model, place: Place, progress: Progress) -> Self {
        Self {
            name: model.name.to_string(),
            version: model.version,
            place,
            progress,
            created: false,
            tables: KnownTable::all_of(&model.tables),
            inline: None,
        }
    }

    pub(super) fn is_of(&self, model: &Model) -> bool {
        self.name == model.name && self.version == model.version
    }

    pub(super) fn has(&self, table: &Table) -> bool {
        self.tables.iter().any(|known| known.is(table))
    }

    /// Whether it is asked for by this table: one that it has, or its name if it has none.
    pub(super) fn is_known_as(&self, table: &Table) -> bool {
        let is_named = self.tables.is_empty() && table.key.is_empty();
        self.has(table) || is_named && self.name == table.name && self.version == table.version
    }

    /// Whether these are the tables of the model.
    pub(super) fn check(&self, model: &Model) -> Result<(), ReadModelError> {
        let is_same = self.tables.len() == model.tables.len()
            && self
                .tables
                .iter()
                .zip(&model.tables)
                .all(|(it, table)| it.is(table));
        is_same.then_some(()).ok_or_else(|| self.other(model))
    }

    pub(super) fn other(&self, model: &Model) -> ReadModelError {
        ReadModelError::OtherTables {
            model: model.to_string(),
            found: stored_table::describe(&self.tables),
            wanted: stored_table::describe(&KnownTable::all_of(&model.tables)),
        }
    }

    /// Writes all of it down.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), Fault> {
        let save = format!(
            "INSERT OR REPLACE INTO models ({COLUMNS})
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        );
        let progress = &self.progress;
        let (state, error) = state_to_sql(&progress.state);
        let (owner, beat, ttl) = super::lease_columns::to_sql(progress.lease.as_ref());
        connection.prepare_cached(&save)?.execute(params![
            self.name,
            self.version,
            place_to_sql(self.place),
            progress.source.to_string(),
            progress.checkpoint.position.offset().get(),
            progress.checkpoint.epoch,
            progress.serving,
            state,
            error,
            self.created,
            stored_table::to_json(&self.tables),
            owner,
            beat,
            ttl,
            self.inline.map(Inline::to_sql),
        ])?;
        Ok(())
    }

    /// Writes down how far it is, and that whoever writes is there.
    pub(super) fn save_progress(&self, connection: &Connection) -> Result<(), Fault> {
        const MOVE: &str =
            "UPDATE models SET position = ?4, serving = ?5, created = ?6, beat = beat + 1
            WHERE name = ?1 AND version = ?2 AND place = ?3";
        connection.prepare_cached(MOVE)?.execute(params![
            self.name,
            self.version,
            place_to_sql(self.place),
            self.progress.checkpoint.position.offset().get(),
            self.progress.serving,
            self.created,
        ])?;
        Ok(())
    }

    pub(super) fn remove(&self, connection: &Connection) -> Result<(), Fault> {
        const REMOVE: &str = "DELETE FROM models WHERE name = ?1 AND version = ?2 AND place = ?3";
        let place = place_to_sql(self.place);
        connection
            .prepare_cached(REMOVE)?
            .execute(params![self.name, self.version, place])?;
        Ok(())
    }
}

/// Every model at every place.
pub(super) fn all(connection: &Connection) -> Result<Vec<Entry>, Fault> {
    let mut all = connection.prepare_cached(&format!("SELECT {COLUMNS}, {PARKED} FROM models"))?;
    let (mut rows, mut entries) = (all.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    Ok(entries)
}

pub(super) fn find(
    connection: &Connection,
    (name, version): (&str, u32),
    place: Place,
) -> Result<Option<Entry>, Fault> {
    let find = format!(
        "SELECT {COLUMNS}, {PARKED} FROM models WHERE name = ?1 AND version = ?2 AND place = ?3"
    );
    let mut find = connection.prepare_cached(&find)?;
    let mut rows = find.query(params![name, version, place_to_sql(place)])?;
    rows.next()?.map(entry).transpose()
}

/// The model that is asked for by a table.
pub(super) fn owner(
    connection: &Connection,
    table: &Table,
    place: Place,
) -> Result<Option<Entry>, Fault> {
    // Most are the first of a model that is called like them.
    let namesake = find(connection, (&table.name, table.version), place)?;
    if let Some(entry) = namesake.filter(|entry| entry.is_known_as(table)) {
        return Ok(Some(entry));
    }
    let mut entries = all(connection)?.into_iter();
    Ok(entries.find(|entry| entry.place == place && entry.is_known_as(table)))
}

/// Notes what became of the writing, unless somebody else has taken it over.
pub(super) fn report(
    connection: &Connection,
    model: &Model,
    place: Place,
    epoch: u64,
    state: &RunState,
) -> Result<(), Fault> {
    const REPORT: &str = "UPDATE models SET state = ?5, error = ?6
        WHERE name = ?1 AND version = ?2 AND place = ?3 AND epoch = ?4";
    let (state, error) = state_to_sql(state);
    let place = place_to_sql(place);
    connection.prepare_cached(REPORT)?.execute(params![
        model.name,
        model.version,
        place,
        epoch,
        state,
        error
    ])?;
    Ok(())
}

/// The SQL names of all tables and views of models.
pub(super) fn sql_names(connection: &Connection) -> Result<Vec<String>, Fault> {
    const NAMES: &str = "SELECT told.value ->> 'table', told.value ->> 'name'
        FROM models, json_each(models.tables) AS told";
    let mut names = connection.prepare_cached(NAMES)?;
    let (mut rows, mut found) = (names.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let (table, projection): (String, String) = (row.get(0)?, row.get(1)?);
        found.push(format!("{table}_next"));
        found.extend([table, super::names::view(&projection)]);
    }
    Ok(found)
}

fn entry(row: &Row<'_>) -> Result<Entry, Fault> {
    let mut progress = Progress::new(crate::file::columns::uuid(row, 3)?);
    progress.checkpoint = Checkpoint::new(Position::new(row.get(4)?), row.get(5)?);
    progress.serving = row.get(6)?;
    progress.parked = row.get("parked")?;
    progress.state = state(row.get_ref(7)?.as_str()?, row.get(8)?)?;
    progress.lease = super::lease_columns::read(row, 11, progress.checkpoint.epoch)?;
    Ok(Entry {
        name: row.get(0)?,
        version: row.get(1)?,
        place: place(row.get_ref(2)?.as_str()?)?,
        progress,
        created: row.get(9)?,
        tables: stored_table::from_json(row.get_ref(10)?.as_str()?)?,
        inline: row
            .get_ref(14)?
            .as_str_or_null()?
            .map(Inline::from_sql)
            .transpose()?,
    })
}
