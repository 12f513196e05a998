//! What tables and views are called in SQL.

use eventsource_core::read_model::{Place, Table};

use super::stored_table::KnownTable;

/// The store's own tables and views.
pub(crate) const OWN: [&str; 12] = Table::RESERVED;

/// A name as it stands in SQL, whatever it is made of.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The view of a projection.
pub(super) fn view(projection: &str) -> String {
    Table::sql_view(projection)
}

/// The table of a projection at a place.
pub(super) fn table(projection: &str, version: u32, place: Place) -> String {
    Table::sql_table(projection, version, place)
}

/// The names that a table of a model may need, as SQLite compares them. The versions of a projection
/// share its view.
pub(crate) fn names_of(table: &KnownTable) -> [String; 3] {
    let names = [
        view(&table.name),
        table.sql_name(Place::Main),
        table.sql_name(Place::Beside),
    ];
    names.map(|name| name.to_ascii_lowercase())
}
