//! The tables of a model, as the file keeps them.

use eventsource_core::read_model::{Generation, Table};
use serde_json::{Value, json};

use super::names;
use crate::fault::{RESTORE, SqliteFault};

/// As the catalogue has them.
pub(super) fn to_json(tables: &[Table]) -> String {
    let table = |table: &Table| {
        let key: Vec<&str> = table.key.iter().map(AsRef::as_ref).collect();
        json!({
            "name": table.name,
            "version": table.version,
            "key": key,
            "table": names::table(table, Generation::Serving),
        })
    };
    Value::Array(tables.iter().map(table).collect()).to_string()
}

pub(super) fn from_json(text: &str) -> Result<Vec<Table>, SqliteFault> {
    let tables = serde_json::from_str::<Value>(text).ok();
    let tables = tables.as_ref().and_then(Value::as_array);
    tables
        .and_then(|tables| tables.iter().map(table).collect())
        .ok_or_else(|| {
            SqliteFault::corrupt(format!("the tables of a model are not told; {RESTORE}"))
        })
}

fn table(value: &Value) -> Option<Table> {
    let key = value.get("key")?.as_array()?.iter();
    let key: Option<Vec<&str>> = key.map(Value::as_str).collect();
    let version = value.get("version")?.as_u64()?.try_into().ok()?;
    let name = value.get("name")?.as_str()?.to_owned();
    Some(Table::new(name, version, &key?))
}
