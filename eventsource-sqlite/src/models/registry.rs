//! Which models the file has, and how far they are.

use eventsource_core::read_model::{
    Checkpoint, Model, ModelFingerprint, Place, Progress, RunState, Table,
};
use eventsource_core::store::{Horizon, LogId, StoreId};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, ReadModelError};
use rusqlite::{Connection, Row, params};

use super::columns::{generation, generation_to_sql, kind_to_sql, state, state_to_sql, version};
use super::inline::Inline;
use super::model_row::ModelRow;
use super::stored_table::{self, KnownTable};
use crate::fault::{Fault, RESTORE};

const COLUMNS: &str = "model, kind, name, version, generation, source, log, position, commit_id,
    epoch, serving, state, error, created, tables, fingerprint, inline, checksum, owner, heartbeat,
    ttl";
const STARTS: &str = "starts";
const PARKED: &str =
    "(SELECT count(*) FROM parked_keys WHERE parked_keys.model = models.model) AS parked";

/// A model at a place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The number of the row.
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) place: Place,
    pub(super) progress: Progress,
    /// Whether a handler has made its tables.
    pub(super) created: bool,
    pub(super) tables: Vec<KnownTable>,
    /// `None` if a runner keeps it.
    pub(super) inline: Option<Inline>,
    /// What the model was built from; `None` if nobody has said it yet.
    pub(super) fingerprint: Option<ModelFingerprint>,
    /// How often a batch was begun since the checkpoint moved.
    pub(super) starts: u32,
}

impl Entry {
    /// An entry that is not written yet.
    pub(super) fn new(
        connection: &Connection,
        model: &Model,
        place: Place,
        progress: Progress,
    ) -> Result<Self, Fault> {
        const NEXT: &str = "SELECT coalesce(max(model), 0) + 1 FROM models";
        let mut next = connection.prepare_cached(NEXT)?;
        Ok(Self {
            id: next.query_row([], |row| row.get(0))?,
            name: model.name.to_string(),
            version: model.version,
            place,
            progress,
            created: false,
            tables: KnownTable::all_of(&model.tables),
            inline: None,
            fingerprint: model.fingerprint,
            starts: 0,
        })
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

    /// Whether these are the tables of the model, and were built from the same.
    pub(super) fn check(&self, model: &Model) -> Result<(), ReadModelError> {
        let is_same = self.tables.len() == model.tables.len()
            && self
                .tables
                .iter()
                .zip(&model.tables)
                .all(|(it, table)| it.is(table));
        is_same.then_some(()).ok_or_else(|| self.other(model))?;
        model.check_source(self.fingerprint)
    }

    /// Keeps what the model says that it is built from, where that was not known.
    pub(super) fn complete(&mut self, model: &Model) -> bool {
        let known = model.fingerprint.or(self.fingerprint);
        std::mem::replace(&mut self.fingerprint, known) != known
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
            "INSERT OR REPLACE INTO models ({COLUMNS}, starts, slice)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                ?18, ?19, ?20, ?21, ?22, 0)"
        );
        let progress = &self.progress;
        let (state, error) = state_to_sql(&progress.state);
        let (owner, heartbeat, ttl) = super::lease_columns::to_sql(progress.lease.as_ref());
        let (source, tables) = self.texts();
        let commit_id = self.progress.checkpoint.at.commit_id();
        let commit_id = commit_id.as_ref().map(|id| &id.as_bytes()[..]);
        let row = self.row(&source, &tables, commit_id);
        connection.prepare_cached(&save)?.execute(params![
            self.id,
            row.kind,
            row.name,
            row.version,
            row.generation,
            row.source,
            row.log,
            row.position,
            row.commit_id,
            row.epoch,
            row.serving,
            state,
            error,
            row.created,
            row.tables,
            row.fingerprint,
            row.inline,
            row.checksum(),
            owner,
            heartbeat,
            ttl,
            self.starts,
        ])?;
        Ok(())
    }

    /// Writes down how far it is, and that whoever writes is there.
    pub(super) fn save_progress(&self, connection: &Connection) -> Result<(), Fault> {
        const MOVE: &str =
            "UPDATE models SET log = ?2, position = ?3, commit_id = ?4, serving = ?5,
            created = ?6, checksum = ?7, heartbeat = heartbeat + 1,
            starts = iif(log = ?2 AND position = ?3, starts, 0)
            WHERE model = ?1";
        let (source, tables) = self.texts();
        let commit_id = self.progress.checkpoint.at.commit_id();
        let commit_id = commit_id.as_ref().map(|id| &id.as_bytes()[..]);
        let row = self.row(&source, &tables, commit_id);
        connection.prepare_cached(MOVE)?.execute(params![
            self.id,
            row.log,
            row.position,
            row.commit_id,
            row.serving,
            row.created,
            row.checksum(),
        ])?;
        Ok(())
    }

    /// Counts that a batch is begun, and tells how often one was since the checkpoint moved.
    pub(super) fn begin_batch(&self, connection: &Connection) -> Result<u32, Fault> {
        const BEGIN: &str = "UPDATE models SET starts = ?2 WHERE model = ?1";
        let starts = self.starts.saturating_add(1);
        let mut begin = connection.prepare_cached(BEGIN)?;
        begin.execute(params![self.id, starts])?;
        Ok(starts)
    }

    /// The columns that are made anew as texts.
    fn texts(&self) -> (String, String) {
        let source = self.progress.source.store().to_string();
        (source, stored_table::to_json(&self.tables))
    }

    fn row<'e>(
        &'e self,
        source: &'e str,
        tables: &'e str,
        commit_id: Option<&'e [u8]>,
    ) -> ModelRow<'e> {
        let checkpoint = self.progress.checkpoint;
        let (version, kind) = kind_to_sql(self.version);
        ModelRow {
            kind,
            name: &self.name,
            version,
            generation: generation_to_sql(self.place),
            source,
            log: self.progress.source.number(),
            position: checkpoint.at.position().offset().get(),
            commit_id,
            epoch: checkpoint.epoch,
            serving: self.progress.serving,
            created: self.created,
            tables,
            fingerprint: self.fingerprint.as_ref().map(|it| it.as_bytes().as_slice()),
            inline: self.inline.map(Inline::to_sql),
        }
    }

    pub(super) fn remove(&self, connection: &Connection) -> Result<(), Fault> {
        const REMOVE: &str = "DELETE FROM models WHERE model = ?1";
        connection.prepare_cached(REMOVE)?.execute([self.id])?;
        Ok(())
    }
}

/// Every model at every place.
pub(super) fn all(connection: &Connection) -> Result<Vec<Entry>, Fault> {
    let mut all =
        connection.prepare_cached(&format!("SELECT {COLUMNS}, {STARTS}, {PARKED} FROM models"))?;
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
        "SELECT {COLUMNS}, {STARTS}, {PARKED} FROM models
        WHERE name = ?1 AND version = ?2 AND kind = ?3 AND generation = ?4"
    );
    let mut find = connection.prepare_cached(&find)?;
    let (version, kind) = kind_to_sql(version);
    let mut rows = find.query(params![name, version, kind, generation_to_sql(place)])?;
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
    const REPORT: &str = "UPDATE models SET state = ?6, error = ?7
        WHERE name = ?1 AND version = ?2 AND kind = ?3 AND generation = ?4 AND epoch = ?5";
    let ((version, kind), (state, error)) = (kind_to_sql(model.version), state_to_sql(state));
    let generation = generation_to_sql(place);
    connection.prepare_cached(REPORT)?.execute(params![
        model.name, version, kind, generation, epoch, state, error
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
    let (kind, name) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
    let stored = ModelRow {
        kind,
        name,
        version: row.get(3)?,
        generation: row.get_ref(4)?.as_str()?,
        source: row.get_ref(5)?.as_str()?,
        log: row.get(6)?,
        position: row.get(7)?,
        commit_id: row.get_ref(8)?.as_blob_or_null()?,
        epoch: row.get(9)?,
        serving: row.get(10)?,
        created: row.get(13)?,
        tables: row.get_ref(14)?.as_str()?,
        fingerprint: row.get_ref(15)?.as_blob_or_null()?,
        inline: row.get_ref(16)?.as_str_or_null()?,
    };
    if row.get::<_, i64>(17)? != i64::from(stored.checksum()) {
        return Err(damaged(name));
    }
    let store = StoreId::new(crate::file::columns::uuid(row, 5)?);
    let mut progress = Progress::new(LogId::new(store, stored.log));
    let at = horizon(&stored).ok_or_else(|| damaged(name))?;
    progress.checkpoint = Checkpoint::new(at, stored.epoch);
    progress.serving = stored.serving;
    progress.parked = row.get("parked")?;
    progress.state = state(row.get_ref(11)?.as_str()?, row.get(12)?)?;
    progress.lease = super::lease_columns::read(row, 18, stored.epoch)?;
    let fingerprint = stored.fingerprint.map(<[u8; 32]>::try_from);
    Ok(Entry {
        id: row.get(0)?,
        name: name.to_owned(),
        version: version(stored.version, kind)?,
        place: generation(stored.generation)?,
        progress,
        created: stored.created,
        tables: stored_table::from_json(stored.tables)?,
        inline: stored.inline.map(Inline::from_sql).transpose()?,
        fingerprint: fingerprint
            .transpose()
            .map_err(|_| damaged(name))?
            .map(ModelFingerprint::from_bytes),
        starts: row.get(STARTS)?,
    })
}

/// How far the model is; `None` if that cannot be.
fn horizon(stored: &ModelRow<'_>) -> Option<Horizon> {
    let position = match Position::new(stored.position) {
        Position::START => Position::START,
        position => position.in_log(stored.log),
    };
    Some(match stored.commit_id {
        Some(id) => Horizon::new(position, Uuid::from_slice(id).ok()?),
        None => Horizon::unchecked(position),
    })
}

fn damaged(name: &str) -> Fault {
    let message = format!(
        "the row of the model `{name}` is not what was written, or another program has changed it; \
        {RESTORE}"
    );
    Fault::corrupt(message)
}
