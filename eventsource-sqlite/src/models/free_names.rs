//! Whether the names that a model wants are free.

use std::collections::HashSet;

use eventsource_core::ReadModelError;
use eventsource_core::read_model::Model;
use rusqlite::{Connection, OptionalExtension};

use super::names::names_of;
use super::registry::Entry;
use super::stored_table::KnownTable;
use crate::fault::{Answered, Fault};

/// What is called so in the file: its type, and the SQL that made it.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<(String, String)>, Fault> {
    // SQLite takes names that differ in case alone for the same.
    const FIND: &str = "SELECT type, coalesce(sql, '') FROM sqlite_schema
        WHERE name = ?1 COLLATE NOCASE";
    let mut find = connection.prepare_cached(FIND)?;
    let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// That a name is taken by something else.
pub(crate) fn taken(model: &str, name: &str, by: &str) -> ReadModelError {
    let reason = format!(
        "`{name}` is the name of {by} already; give the projection another name, or rename that"
    );
    ReadModelError::names(&model, reason)
}

/// Whether the names that a model needs are its own, also in what users made in the file.
pub(crate) fn check(
    connection: &Connection,
    model: &Model,
    entries: &[Entry],
) -> Answered<(), ReadModelError> {
    let tables = || entries.iter().flat_map(|entry| &entry.tables);
    let others = tables().map(|table| (&*table.name, table.version));
    if let Err(refusal) = model.check_names(others) {
        return Ok(Err(refusal));
    }
    let known: HashSet<String> = tables().flat_map(names_of).collect();
    for name in KnownTable::all_of(&model.tables).iter().flat_map(names_of) {
        if !known.contains(&name) && find(connection, &name)?.is_some() {
            let model = model.to_string();
            return Ok(Err(taken(&model, &name, "a table, view or index")));
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::models::names::OWN;

    #[test]
    fn the_stores_own_names_are_those_of_its_schema() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        crate::file::schema::create(&connection, crate::models::move_rows);
        let made = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            AND name NOT LIKE 'sqlite%'";
        let mut made = connection.prepare(made).unwrap();
        let made = made.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut made: Vec<_> = made.map(Result::unwrap).collect();
        let mut own = OWN.to_vec();
        made.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, made);
    }
}
