//! The names of tables and views in SQL.

use eventsource_core::read_model::{Generation, Table};

/// A name as it stands in SQL, whatever it is made of.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The view of a projection.
pub(super) fn view(projection: &str) -> String {
    Table::sql_view(projection)
}

/// The name of a table at a place, not quoted.
pub(super) fn table(table: &Table, generation: Generation) -> String {
    Table::sql_table(&table.name, table.version, generation)
}

/// The names that a table of a model may need, as SQLite compares them. The versions of a projection
/// share its view.
pub(crate) fn names_of(of: &Table) -> [String; 3] {
    let names = [
        view(&of.name),
        table(of, Generation::Serving),
        table(of, Generation::Rebuilding),
    ];
    names.map(|name| name.to_ascii_lowercase())
}
