//! Creating the tables of a store.

use eventsource_core::store::{StoreError, StoreErrorKind, StoreId};
use eventsource_core::uuid::Uuid;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::statements::quoted;
use crate::failure::failed;

/// Counted up when a later version keeps something in another way.
pub(crate) const VERSION: i32 = 1;

const TABLES: &str = include_str!("schema.sql");

/// Processes that create tables at the same time wait for each other at this advisory lock.
const MIGRATION_LOCK: i64 = 0x0065_7665_6e74_7372;

/// The id of the store in a schema. A schema without tables becomes a store with the id `new`.
pub(crate) async fn prepare(
    client: &Client,
    schema: &str,
    new: Uuid,
) -> Result<StoreId, StoreError> {
    if let Some(id) = find(client, schema).await? {
        return Ok(id);
    }
    let created = create_alone(client, schema, new).await;
    let end = if created.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = client.batch_execute(end).await.map_err(not_created);
    created.and_then(|id| ended.map(|()| id))
}

/// Creates the tables in a transaction, unless another process has done so since.
async fn create_alone(client: &Client, schema: &str, new: Uuid) -> Result<StoreId, StoreError> {
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
    client.batch_execute(&lock).await.map_err(not_created)?;
    match find(client, schema).await? {
        Some(id) => Ok(id),
        None => create(client, schema, new).await,
    }
}

async fn create(client: &Client, schema: &str, new: Uuid) -> Result<StoreId, StoreError> {
    let exists = "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)";
    let exists = client
        .query_typed_one(exists, &[(&schema, Type::TEXT)])
        .await;
    let exists: bool = exists.map_err(not_created)?.get(0);
    let schema = quoted(schema);
    let tables = TABLES
        .replace("{store_id}", &new.to_string())
        .replace("{schema}", &schema);
    // A role with a schema of its own may lack the right that `IF NOT EXISTS` needs.
    let create = if exists {
        tables
    } else {
        format!("CREATE SCHEMA {schema}; {tables}")
    };
    client.batch_execute(&create).await.map_err(not_created)?;
    Ok(StoreId::new(new))
}

async fn find(client: &Client, schema: &str) -> Result<Option<StoreId>, StoreError> {
    // The catalogue is read by a query, which sees what was committed before. `to_regclass` answers from
    // a cache that may be older than the lock.
    let exists = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = $1 AND c.relname = 'log')";
    let table = format!("{}.log", quoted(schema));
    let exists: bool = client
        .query_typed_one(exists, &[(&schema, Type::TEXT)])
        .await
        .map_err(|error| failed("the schema was not read", error))?
        .get(0);
    if !exists {
        return Ok(None);
    }
    let select = format!("SELECT store_id, schema_version FROM {table}");
    let row = match client.query_typed_opt(&select, &[]).await {
        Ok(row) => row,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => None,
        Err(error) => return Err(failed("the schema was not read", error)),
    };
    match row.map(|row| (row.get::<_, Uuid>(0), row.get::<_, i32>(1))) {
        Some((id, VERSION)) => Ok(Some(StoreId::new(id))),
        Some((_, version)) => Err(other_version(version)),
        None => Err(StoreError::new(
            StoreErrorKind::Incompatible,
            format!(
                "the schema {schema:?} has a table `log` that is not of a store; choose another schema"
            ),
        )),
    }
}

pub(crate) fn other_version(version: i32) -> StoreError {
    StoreError::new(
        StoreErrorKind::Incompatible,
        format!(
            "the tables of the store are of version {version}, and this program knows version {VERSION}; \
             use a program of the same version"
        ),
    )
}

fn not_created(error: Error) -> StoreError {
    failed("the tables were not created", error)
}
