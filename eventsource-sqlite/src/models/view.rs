//! The view that is called like a projection, and shows its newest version that serves.

use eventsource_core::engine::models::ModelCatalog;
use eventsource_core::read_model::{Generation, ModelNamesError, Table};
use rusqlite::Connection;

use super::Outcome;
use super::names::{self, quoted};
use super::{free_names, registry};
use crate::fault::SqliteFault;

/// Refuses a projection whose view would have the name of something else.
pub(super) fn check(connection: &Connection, projection: &str) -> Outcome<(), ModelNamesError> {
    let name = names::view(projection);
    match free_names::find(connection, &name)? {
        Some((kind, sql)) if !is_ours(projection, &kind, &sql) => {
            let (projection, by) = (format!("`{projection}`"), format!("a {kind}"));
            Err(free_names::name_conflict(&projection, &name, &by))
        }
        _ => Ok(()),
    }
}

/// The same of several.
pub(super) fn check_all(connection: &Connection, tables: &[Table]) -> Outcome<(), ModelNamesError> {
    let mut tables = tables.iter();
    tables.try_for_each(|table| check(connection, &table.name))
}

/// Lets the views of these projections, which were [checked](check), show what is newest by now.
pub(super) fn refresh(connection: &Connection, tables: &[Table]) -> Result<(), SqliteFault> {
    let entries = registry::all(connection)?;
    for table in tables {
        remove(connection, &table.name)?;
        if let Some(newest) = ModelCatalog::new(&entries).newest_serving(&table.name) {
            connection.execute_batch(&create(newest))?;
        }
    }
    Ok(())
}

/// Takes away a view that was [checked](check).
pub(super) fn remove(connection: &Connection, projection: &str) -> Result<(), SqliteFault> {
    let name = quoted(&names::view(projection));
    Ok(connection.execute_batch(&format!("DROP VIEW IF EXISTS {name}"))?)
}

fn create(table: &Table) -> String {
    let columns = table.key.iter().map(AsRef::as_ref).chain(["row"]);
    let columns: Vec<String> = columns.map(quoted).collect();
    let (begin, columns) = (begin(&table.name), columns.join(", "));
    let from = quoted(&names::table(table, Generation::Serving));
    format!("{begin}{columns} FROM {from}")
}

fn begin(projection: &str) -> String {
    format!(
        "CREATE VIEW {} AS SELECT ",
        quoted(&names::view(projection))
    )
}

/// SQLite keeps the text of a view as it was written.
fn is_ours(projection: &str, kind: &str, sql: &str) -> bool {
    let from = quoted(&format!("{}_v", names::view(projection)));
    let from = format!(" FROM {}", from.trim_end_matches('"'));
    let table = sql.rsplit_once(&from).map(|(_, version)| version);
    let is_version = |version: &str| {
        let version = version.strip_suffix('"');
        version.is_some_and(|version| version.parse::<u32>().is_ok())
    };
    kind == "view" && sql.starts_with(&begin(projection)) && table.is_some_and(is_version)
}
