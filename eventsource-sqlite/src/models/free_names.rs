//! Whether the names that a model wants are free.

use std::collections::HashSet;

use eventsource_core::engine::models::ModelEntry;
use eventsource_core::read_model::ModelNamesError;
use rusqlite::{Connection, OptionalExtension};

use super::Outcome;
use super::names::{self, names_of};
use super::{registry, view};
use crate::failure::Failure;
use crate::fault::SqliteFault;

/// The type of the object with this name in the file, and the SQL that made it.
pub(crate) fn find(
    connection: &Connection,
    name: &str,
) -> Result<Option<(String, String)>, SqliteFault> {
    // SQLite takes names that differ in case alone for the same.
    const FIND: &str = "SELECT type, coalesce(sql, '') FROM sqlite_schema
        WHERE name = ?1 COLLATE NOCASE";
    let mut find = connection.prepare_cached(FIND)?;
    let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// The error of a name that another object of the file has.
pub(crate) fn name_conflict(model: &str, name: &str, by: &str) -> Failure<ModelNamesError> {
    let reason = format!(
        "`{name}` is the name of {by} already; give the projection another name, or rename that"
    );
    Failure::Refused(ModelNamesError::new(&model, reason))
}

/// Refuses an entry that is to be created, if something else in the file has a name that it needs.
/// The names of other models were compared before.
pub(super) fn check(connection: &Connection, entry: &ModelEntry) -> Outcome<(), ModelNamesError> {
    let entries = registry::all(connection)?;
    let tables = entries.iter().flat_map(|entry| &entry.tables);
    let known: HashSet<String> = tables.flat_map(names_of).collect();
    for table in &entry.tables {
        let now = names::table(table, entry.generation).to_ascii_lowercase();
        for name in names_of(table) {
            let is_free = name != now && known.contains(&name);
            if !is_free && find(connection, &name)?.is_some() {
                let model = entry.to_string();
                return Err(name_conflict(&model, &name, "a table, view or index"));
            }
        }
        view::check(connection, &table.name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use eventsource_core::read_model::Table;

    #[test]
    fn the_stores_own_names_are_those_of_its_schema() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        crate::file::schema::create(&connection, crate::models::move_rows);
        let made = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            AND name NOT LIKE 'sqlite%'";
        let mut made = connection.prepare(made).unwrap();
        let made = made.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut made: Vec<_> = made.map(Result::unwrap).collect();
        let mut own = Table::RESERVED.to_vec();
        made.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, made);
    }
}
