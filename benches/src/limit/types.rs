//! The types of events.

use std::collections::HashMap;

use rusqlite::{Connection, Statement, params};

use super::checksum;
use crate::Result;

/// Their names by their numbers: a program has few.
pub(crate) fn names(connection: &Connection) -> Result<Vec<String>> {
    let select = "SELECT type, name, codec, checksum FROM types";
    let mut select = connection.prepare_cached(select)?;
    let mut rows = select.query([])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, name): (i64, String) = (row.get(0)?, row.get(1)?);
        let codec = row.get_ref(2)?.as_str()?;
        if checksum::of_type(number, &name, codec) != row.get::<_, u32>(3)? {
            return Err("a type does not match its checksum".into());
        }
        let number = usize::try_from(number)?;
        if number >= names.len() {
            names.resize(number + 1, String::new());
        }
        names[number] = name;
    }
    Ok(names)
}

/// Their numbers by their names.
pub(crate) struct Numbers<'c> {
    known: HashMap<String, i64>,
    add: Statement<'c>,
}

impl<'c> Numbers<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self> {
        let add = "INSERT INTO types (type, name, schema, codec, checksum)
            VALUES (?1, ?2, 1, 'json', ?3)";
        let known = names(connection)?.into_iter().zip(0..);
        Ok(Self {
            // There is no number 0.
            known: known.filter(|(_, number)| *number > 0).collect(),
            add: connection.prepare(add)?,
        })
    }

    pub(crate) fn of(&mut self, name: &str) -> Result<i64> {
        if let Some(number) = self.known.get(name) {
            return Ok(*number);
        }
        let number = i64::try_from(self.known.len())? + 1;
        let checksum = checksum::of_type(number, name, "json");
        self.add.insert(params![number, name, checksum])?;
        self.known.insert(name.to_owned(), number);
        Ok(number)
    }
}
