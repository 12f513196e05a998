//! Which models the file has, and how far they are.

use eventsource_core::Position;
use eventsource_core::engine::models::{ModelCatalog, ModelEntry};
use eventsource_core::read_model::{
    Checkpoint, Generation, ModelFingerprint, ModelId, ModelNotFound, Progress, Table,
};
use eventsource_core::store::{Horizon, LogId, StoreId};
use eventsource_core::uuid::Uuid;
use rusqlite::{Connection, Row, params};

use super::Outcome;
use super::columns::{
    generation, generation_to_sql, inline, inline_to_sql, kind_to_sql, model_id, state,
    state_to_sql,
};
use super::model_row::ModelRow;
use super::stored_table;
use crate::failure::Failure;
use crate::fault::{RESTORE, SqliteFault};

const COLUMNS: &str = "model, kind, name, version, generation, source, log, position, commit_id,
    epoch, serving, state, error, created, tables, fingerprint, inline, checksum, owner, heartbeat,
    ttl, starts";
const PARKED: &str =
    "(SELECT count(*) FROM parked_keys WHERE parked_keys.model = models.model) AS parked";

/// Stores an entry, over the one of its number if there is one.
pub(super) fn save(connection: &Connection, entry: &ModelEntry) -> Result<(), SqliteFault> {
    const SAVE: &str = "INSERT INTO models (model, kind, name, version, generation, source, log,
            position, commit_id, epoch, serving, state, error, created, tables, fingerprint,
            inline, checksum, owner, heartbeat, ttl, starts, slice)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, 0)
        ON CONFLICT (model) DO UPDATE SET generation = ?5, log = ?7, position = ?8, commit_id = ?9,
            epoch = ?10, serving = ?11, state = ?12, error = ?13, created = ?14,
            fingerprint = ?16, inline = ?17, checksum = ?18, owner = ?19, heartbeat = ?20,
            ttl = ?21, starts = ?22";
    let progress = &entry.progress;
    let (state, error) = state_to_sql(&progress.state);
    let (owner, heartbeat, ttl) = super::lease_columns::to_sql(progress.lease.as_ref());
    let source = progress.source.store().to_string();
    let tables = stored_table::to_json(&entry.tables);
    let commit_id = progress.checkpoint.at.commit_id();
    let commit_id = commit_id.as_ref().map(|id| &id.as_bytes()[..]);
    let row = row(entry, (&source, &tables), commit_id);
    connection.prepare_cached(SAVE)?.execute(params![
        entry.number,
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
        entry.starts,
    ])?;
    Ok(())
}

pub(super) fn remove(connection: &Connection, entry: &ModelEntry) -> Result<(), SqliteFault> {
    const REMOVE: &str = "DELETE FROM models WHERE model = ?1";
    let mut remove = connection.prepare_cached(REMOVE)?;
    remove.execute([entry.number])?;
    Ok(())
}

fn row<'e>(
    entry: &'e ModelEntry,
    (source, tables): (&'e str, &'e str),
    commit_id: Option<&'e [u8]>,
) -> ModelRow<'e> {
    let checkpoint = entry.progress.checkpoint;
    let (version, kind) = kind_to_sql(entry.id.kind);
    let fingerprint = entry.fingerprint.as_ref();
    ModelRow {
        kind,
        name: &entry.id.name,
        version,
        generation: generation_to_sql(entry.generation),
        source,
        log: entry.progress.source.number(),
        position: checkpoint.at.position().offset().get(),
        commit_id,
        epoch: checkpoint.epoch,
        serving: entry.progress.serving,
        created: entry.has_own_tables,
        tables,
        fingerprint: fingerprint.map(|it| it.as_bytes().as_slice()),
        inline: entry.inline.map(inline_to_sql),
    }
}

/// Every model at every place.
pub(super) fn all(connection: &Connection) -> Result<Vec<ModelEntry>, SqliteFault> {
    let mut all = connection.prepare_cached(&select(""))?;
    let (mut rows, mut entries) = (all.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    Ok(entries)
}

pub(super) fn find<E: From<ModelNotFound>>(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
) -> Outcome<ModelEntry, E> {
    let found = at(connection, id, generation)?;
    found.ok_or_else(|| not_found(ModelNotFound::new(id)))
}

/// The model that readers ask for by this id: of the model, or of a projection that follows it.
pub(super) fn owner<E: From<ModelNotFound>>(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
) -> Outcome<ModelEntry, E> {
    let found = owner_at(connection, id, generation)?;
    found.ok_or_else(|| not_found(ModelNotFound::new(id)))
}

pub(super) fn owner_at(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
) -> Result<Option<ModelEntry>, SqliteFault> {
    if let Some(entry) = at(connection, id, generation)? {
        return Ok(Some(entry));
    }
    let entries = all(connection)?;
    let owner = ModelCatalog::new(&entries).owner(id, generation);
    Ok(owner.ok().cloned())
}

/// The model that has this table.
pub(super) fn with_table<E: From<ModelNotFound>>(
    connection: &Connection,
    table: &Table,
    generation: Generation,
) -> Outcome<ModelEntry, E> {
    // Most are the first of a model that is called like them.
    let id = ModelId::projection(table.name.clone(), table.version);
    let namesake = at(connection, &id, generation)?;
    if let Some(entry) = namesake.filter(|entry| entry.tables.contains(table)) {
        return Ok(entry);
    }
    let entries = all(connection)?;
    let catalog = ModelCatalog::new(&entries);
    let entry = catalog.with_table(table, generation);
    entry.cloned().map_err(not_found)
}

/// The entry of a model itself.
pub(super) fn at(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
) -> Result<Option<ModelEntry>, SqliteFault> {
    let named = select("WHERE name = ?1 AND version = ?2 AND kind = ?3 AND generation = ?4");
    let mut named = connection.prepare_cached(&named)?;
    let (version, kind) = kind_to_sql(id.kind);
    let mut rows = named.query(params![
        id.name,
        version,
        kind,
        generation_to_sql(generation)
    ])?;
    rows.next()?.map(entry).transpose()
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS}, {PARKED} FROM models {which}")
}

fn not_found<E: From<ModelNotFound>>(refusal: ModelNotFound) -> Failure<E> {
    Failure::Refused(refusal.into())
}

fn entry(row: &Row<'_>) -> Result<ModelEntry, SqliteFault> {
    let name = row.get_ref(2)?.as_str()?;
    let stored = ModelRow {
        kind: row.get_ref(1)?.as_str()?,
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
    Ok(ModelEntry {
        number: row.get(0)?,
        id: model_id(name, stored.version, stored.kind)?,
        generation: generation(stored.generation)?,
        progress,
        has_own_tables: stored.created,
        tables: stored_table::from_json(stored.tables)?,
        inline: stored.inline.map(inline).transpose()?,
        fingerprint: fingerprint
            .transpose()
            .map_err(|_| damaged(name))?
            .map(ModelFingerprint::from_bytes),
        starts: row.get(21)?,
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

fn damaged(name: &str) -> SqliteFault {
    let message = format!(
        "the row of the model `{name}` is not what was written, or another program has changed it; \
        {RESTORE}"
    );
    SqliteFault::corrupt(message)
}
