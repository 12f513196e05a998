//! What the file has to be, and how it becomes so.
use eventsource_core::store::StoreErrorKind;
use eventsource_core::values::Environment;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::connection::{self, PATIENCE};
use super::write_lock::WriteLock;
use crate::fault::Fault;

/// `evst`: by this a store is told from other SQLite databases.
const APPLICATION_ID: i32 = 0x6576_7374;
/// Each leads from the version before to the next.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Creates what is missing in a new file or in one of an older version. Nothing is written to a
/// file that is not a store.
pub(crate) fn migrate(
    connection: &mut Connection,
    write_lock: &WriteLock,
    environment: &dyn Environment,
) -> Result<(), Fault> {
    let found = version(&connection.transaction()?)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let guard = write_lock.acquire(PATIENCE)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let found = version(&transaction)?;
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
    }
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        let (id, now) = (
            environment.uuid().to_string(),
            environment.now().as_micros(),
        );
        let store = "INSERT INTO store (id, created_at) VALUES (?1, ?2)";
        transaction.execute(store, params![id, now])?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    drop(guard);
    // The file by itself is a store from now on, and never taken for a new one.
    Ok(connection::checkpoint(connection)?)
}

/// Refuses what is not a store. A new file passes.
pub(crate) fn check(connection: &mut Connection) -> Result<(), Fault> {
    version(&connection.transaction()?).map(drop)
}

/// Refuses what is not a store of the version that this program writes.
pub(crate) fn check_current(connection: &mut Connection) -> Result<(), Fault> {
    let found = version(&connection.transaction()?)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let message = "this store has an older version of the schema; open it once without \
        `read_only()` where it may be written";
    Err(Fault::new(StoreErrorKind::Incompatible, message))
}

/// The version of the store; 0 of an empty file. It is found in one transaction, so that a
/// migration in another process is seen whole or not at all.
fn version(transaction: &Transaction<'_>) -> Result<usize, Fault> {
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

fn foreign() -> Fault {
    let message = "this is the SQLite database of another program and was left untouched; \
        choose another path for the store";
    Fault::new(StoreErrorKind::Incompatible, message)
}

fn newer(version: i64) -> Fault {
    let known = MIGRATIONS.len();
    let message = format!(
        "this store has version {version} of its schema, this program knows versions up to \
        {known}; use a newer program"
    );
    Fault::new(StoreErrorKind::Incompatible, message)
}
