//! The view that is called like a projection, and shows its newest version that serves.

use eventsource_core::ReadModelError;
use eventsource_core::read_model::Place;
use rusqlite::Connection;

use super::names::{self, quoted};
use super::registry;
use super::stored_table::KnownTable;
use crate::fault::{Answered, Fault};

/// Whether the name is free, or that of the view.
pub(super) fn check(connection: &Connection, projection: &str) -> Answered<(), ReadModelError> {
    let name = names::view(projection);
    match super::free_names::find(connection, &name)? {
        Some((kind, sql)) if !is_ours(projection, &kind, &sql) => {
            let projection = format!("`{projection}`");
            Ok(Err(super::free_names::taken(
                &projection,
                &name,
                &format!("a {kind}"),
            )))
        }
        _ => Ok(Ok(())),
    }
}

/// The same of several.
pub(super) fn check_all(
    connection: &Connection,
    tables: &[KnownTable],
) -> Answered<(), ReadModelError> {
    for table in tables {
        if let Err(refusal) = check(connection, &table.name)? {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(()))
}

/// Lets the views of these projections, which were [checked](check), show what is newest by now.
pub(super) fn refresh(connection: &Connection, tables: &[KnownTable]) -> Result<(), Fault> {
    for table in tables {
        remove(connection, &table.name)?;
        if let Some(newest) = newest(connection, &table.name)? {
            connection.execute_batch(&create(&newest))?;
        }
    }
    Ok(())
}

/// Takes away a view that was [checked](check).
pub(super) fn remove(connection: &Connection, projection: &str) -> Result<(), Fault> {
    let name = quoted(&names::view(projection));
    Ok(connection.execute_batch(&format!("DROP VIEW IF EXISTS {name}"))?)
}

fn newest(connection: &Connection, projection: &str) -> Result<Option<KnownTable>, Fault> {
    let entries = registry::all(connection)?.into_iter();
    let serving = entries.filter(|entry| entry.place == Place::Main && entry.progress.serving);
    let tables = serving.flat_map(|entry| entry.tables);
    Ok(tables
        .filter(|table| table.name == projection)
        .max_by_key(|table| table.version))
}

fn create(table: &KnownTable) -> String {
    let columns = table.key.iter().map(String::as_str).chain(["row"]);
    let columns: Vec<String> = columns.map(quoted).collect();
    let (begin, columns) = (begin(&table.name), columns.join(", "));
    let from = quoted(&table.sql_name(Place::Main));
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
