//! What tables and views are called in SQL.

use std::collections::HashMap;

use eventsource_core::{Model, Place, ReadModelError};
use rusqlite::{Connection, OptionalExtension};

use super::catalogue::Entry;
use super::known::KnownTable;
use crate::fault::{Answered, Fault};

/// The store's own tables and views.
pub(super) const OWN: [&str; 11] = [
    "store",
    "streams",
    "types",
    "commits",
    "events",
    "tags",
    "snapshots",
    "models",
    "parked_keys",
    "parked_events",
    "history",
];

/// A name as it stands in SQL, whatever it is made of.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The view of a projection.
pub(super) fn view(projection: &str) -> String {
    projection.replace('-', "_")
}

/// The table of a projection at a place.
pub(super) fn table(projection: &str, version: u32, place: Place) -> String {
    let suffix = match place {
        Place::Main => "",
        Place::Beside => "_next",
    };
    format!("{}_v{version}{suffix}", view(projection))
}

/// What is called so in the file: its type, and the SQL that made it.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<(String, String)>, Fault> {
    // SQLite takes names that differ in case alone for the same.
    const FIND: &str = "SELECT type, coalesce(sql, '') FROM sqlite_schema
        WHERE name = ?1 COLLATE NOCASE";
    let mut find = connection.prepare_cached(FIND)?;
    let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// That a name is taken by something else.
pub(super) fn taken(model: &str, name: &str, by: &str) -> ReadModelError {
    let reason = format!(
        "`{name}` is the name of {by} already; give the projection another name, or rename that"
    );
    ReadModelError::names(&model, reason)
}

/// Whether the names that a model needs are its own.
pub(super) fn check(
    connection: &Connection,
    model: &Model,
    entries: &[Entry],
) -> Answered<(), ReadModelError> {
    let (told, mut owners) = (model.to_string(), HashMap::new());
    for table in entries.iter().flat_map(|entry| &entry.tables) {
        owners.extend(names_of(table));
    }
    for table in &model.tables {
        let table = KnownTable::of(table);
        for (name, owner) in names_of(&table) {
            if name.starts_with("sqlite_") {
                let reason = format!("SQLite keeps `{name}` for itself; rename the projection");
                return Ok(Err(ReadModelError::names(&told, reason)));
            }
            if OWN.contains(&name.as_str()) {
                return Ok(Err(taken(&told, &name, "something of the store itself")));
            }
            match owners.insert(name.clone(), owner.clone()) {
                Some(other) if other != owner => return Ok(Err(taken(&told, &name, &other))),
                None if find(connection, &name)?.is_some() => {
                    return Ok(Err(taken(&told, &name, "a table, view or index")));
                }
                _ => (),
            }
        }
    }
    Ok(Ok(()))
}

/// The names that a table of a model may need, as SQLite compares them, each with what it stands
/// for. The versions of a projection share its view.
fn names_of(table: &KnownTable) -> [(String, String); 3] {
    let (name, version) = (&table.name, table.version);
    let of = |place| table.sql_name(place).to_ascii_lowercase();
    [
        (
            view(name).to_ascii_lowercase(),
            format!("the view of `{name}`"),
        ),
        (
            of(Place::Main),
            format!("the table of `{name}` version {version}"),
        ),
        (
            of(Place::Beside),
            format!("the table in which `{name}` version {version} is rebuilt"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::OWN;

    #[test]
    fn the_stores_own_names_are_those_of_its_schema() {
        let schema = include_str!("../schema.sql");
        let made = |line: &'static str| {
            let table = line.strip_prefix("CREATE TABLE ");
            let made = table.or_else(|| line.strip_prefix("CREATE VIEW "))?;
            made.split_whitespace().next()
        };
        let mut made: Vec<_> = schema.lines().filter_map(made).collect();
        let mut own = OWN.to_vec();
        made.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, made);
    }
}
