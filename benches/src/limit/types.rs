//! The types of events.

use std::collections::HashMap;

use rusqlite::{Connection, Statement, params};

use super::checksum;
use crate::Result;

/// Their names by their numbers: a program has few.
pub(crate) fn names(connection: &Connection) -> Result<Vec<String>> {
    let mut select = connection.prepare_cached("SELECT type, name FROM types")?;
    let mut rows = select.query([])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        let number: usize = row.get(0)?;
        if number >= names.len() {
            names.resize(number + 1, String::new());
        }
        names[number] = row.get(1)?;
    }
    Ok(names)
}

/// Their numbers by their names.
pub(crate) struct Numbers<'c> {
    known: HashMap<&'static str, i64>,
    add: Statement<'c>,
}

impl<'c> Numbers<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self> {
        let add = "INSERT INTO types (type, name, schema, codec, checksum)
            VALUES (?1, ?2, 1, 'json', ?3)";
        Ok(Self {
            known: HashMap::new(),
            add: connection.prepare(add)?,
        })
    }

    pub(crate) fn of(&mut self, name: &'static str) -> Result<i64> {
        if let Some(number) = self.known.get(name) {
            return Ok(*number);
        }
        let number = i64::try_from(self.known.len())? + 1;
        let checksum = checksum::of_type(number, name);
        self.add.insert(params![number, name, checksum])?;
        self.known.insert(name, number);
        Ok(number)
    }
}
