//! The version of the file's schema, and the migrations to it.
use eventsource_core::store::StoreErrorKind;
use eventsource_core::values::Environment;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::connection::{self, PATIENCE};
use super::store_id;
use super::write_lock::WriteLock;
use crate::fault::SqliteFault;

/// `evst`: the mark that a store has and other SQLite databases have not.
const APPLICATION_ID: i32 = 0x6576_7374;
/// The files of each version, which lead to it from the version before.
const MIGRATIONS: [&[&str]; 2] = [
    &[include_str!("schema.sql")],
    &[
        include_str!("schema/v2_log.sql"),
        include_str!("schema/v2_models.sql"),
    ],
];

/// Moves rows into the tables that a version has made, in the transaction of the migration; what
/// only SQL has to do is in the files of the version.
pub(crate) type MoveRows = fn(&Connection, usize) -> Result<(), SqliteFault>;

/// Creates what is missing in a new file or in one of an older version. Nothing is written to a
/// file that is not a store.
pub(crate) async fn migrate(
    connection: &mut Connection,
    write_lock: &WriteLock,
    environment: &dyn Environment,
    move_rows: MoveRows,
) -> Result<(), SqliteFault> {
    let found = version(&connection.transaction()?)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let guard = write_lock.wait_for(PATIENCE).await?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let found = version(&transaction)?;
    for version in found + 1..=MIGRATIONS.len() {
        step(&transaction, version, move_rows)?;
    }
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        let created_at = environment.now().as_micros();
        store_id::add(&transaction, environment.uuid(), created_at)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    drop(guard);
    // The file by itself is a store from now on, and never taken for a new one.
    Ok(connection::checkpoint(connection)?)
}

/// Leads from the version before to this one.
fn step(connection: &Connection, version: usize, move_rows: MoveRows) -> Result<(), SqliteFault> {
    for file in MIGRATIONS[version - 1] {
        connection.execute_batch(file)?;
    }
    move_rows(connection, version)
}

/// Makes the tables of a new store.
#[cfg(test)]
pub(crate) fn create(connection: &Connection, move_rows: MoveRows) {
    for version in 1..=MIGRATIONS.len() {
        step(connection, version, move_rows).unwrap();
    }
}

/// Refuses what is not a store. A new file passes.
pub(crate) fn check(connection: &mut Connection) -> Result<(), SqliteFault> {
    version(&connection.transaction()?).map(drop)
}

/// Refuses what is not a store of the version that this program writes.
pub(crate) fn check_current(connection: &mut Connection) -> Result<(), SqliteFault> {
    let found = version(&connection.transaction()?)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let message = "this store has an older version of the schema; open it once without \
        `read_only()` where it may be written";
    Err(SqliteFault::new(StoreErrorKind::Incompatible, message))
}

/// Refuses, in a transaction that writes, a file that another program has migrated since it was
/// opened.
pub(crate) fn check_unchanged(connection: &Connection) -> Result<(), SqliteFault> {
    let mut version = connection.prepare_cached("PRAGMA user_version")?;
    let version: i64 = version.query_row([], |row| row.get(0))?;
    if usize::try_from(version) == Ok(MIGRATIONS.len()) {
        return Ok(());
    }
    let known = MIGRATIONS.len();
    let message = format!(
        "another program has migrated this store to version {version} of its schema while it was \
        open, and this program writes version {known}; close it and use a newer one"
    );
    Err(SqliteFault::new(StoreErrorKind::Incompatible, message))
}

/// The version of the store; 0 of an empty file. It is found in one transaction, so that a
/// migration in another process is seen whole or not at all.
fn version(transaction: &Transaction<'_>) -> Result<usize, SqliteFault> {
    let number = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if (application, version, tables) == (0, 0, 0) {
        return Ok(0);
    }
    if application != i64::from(APPLICATION_ID) {
        return Err(foreign());
    }
    let known = usize::try_from(version)
        .ok()
        .filter(|version| *version <= MIGRATIONS.len());
    known.ok_or_else(|| newer(version))
}

fn foreign() -> SqliteFault {
    let message = "this is the SQLite database of another program and was left untouched; \
        choose another path for the store";
    SqliteFault::new(StoreErrorKind::Incompatible, message)
}

fn newer(version: i64) -> SqliteFault {
    let known = MIGRATIONS.len();
    let message = format!(
        "this store has version {version} of its schema, this program knows versions up to \
        {known}; use a newer program"
    );
    SqliteFault::new(StoreErrorKind::Incompatible, message)
}
