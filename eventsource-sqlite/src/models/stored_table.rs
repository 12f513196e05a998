//! A table as the file knows it.

use eventsource_core::read_model::{Place, Table};
use serde_json::{Value, json};

use super::names;
use crate::fault::{Fault, RESTORE};

/// Where the rows of a projection are, by names that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownTable {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) key: Vec<String>,
}

impl KnownTable {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            name: table.name.to_string(),
            version: table.version,
            key: table.key.iter().map(ToString::to_string).collect(),
        }
    }

    pub(super) fn all_of(tables: &[Table]) -> Vec<Self> {
        tables.iter().map(Self::of).collect()
    }

    pub(super) fn is(&self, table: &Table) -> bool {
        self.is_named_like(table)
            && self
                .key
                .iter()
                .map(String::as_str)
                .eq(table.key.iter().map(AsRef::as_ref))
    }

    pub(super) fn is_named_like(&self, table: &Table) -> bool {
        self.name == table.name && self.version == table.version
    }

    /// What it is called at a place, not quoted.
    pub(super) fn sql_name(&self, place: Place) -> String {
        names::table(&self.name, self.version, place)
    }
}

/// As the catalogue has them.
pub(super) fn to_json(tables: &[KnownTable]) -> String {
    let table = |table: &KnownTable| {
        json!({
            "name": table.name,
            "version": table.version,
            "key": table.key,
            "table": table.sql_name(Place::Main),
        })
    };
    Value::Array(tables.iter().map(table).collect()).to_string()
}

pub(super) fn from_json(text: &str) -> Result<Vec<KnownTable>, Fault> {
    let tables = serde_json::from_str::<Value>(text).ok();
    let tables = tables.as_ref().and_then(Value::as_array);
    tables
        .and_then(|tables| tables.iter().map(table).collect())
        .ok_or_else(|| Fault::corrupt(format!("the tables of a model are not told; {RESTORE}")))
}

fn table(value: &Value) -> Option<KnownTable> {
    let key = value.get("key")?.as_array()?.iter();
    Some(KnownTable {
        name: value.get("name")?.as_str()?.to_owned(),
        version: value.get("version")?.as_u64()?.try_into().ok()?,
        key: key
            .map(|part| part.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
    })
}

/// For errors.
pub(super) fn describe(tables: &[KnownTable]) -> String {
    if tables.is_empty() {
        return "the tables of a handler".to_owned();
    }
    let table = |table: &KnownTable| {
        let key = table.key.join(", ");
        format!("`{}` version {} by {key}", table.name, table.version)
    };
    tables.iter().map(table).collect::<Vec<_>>().join(", ")
}
