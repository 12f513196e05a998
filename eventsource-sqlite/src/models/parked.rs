//! Keys that are parked, and the events that wait behind them.

use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::{Parked, Parking, Place, SelectParked};
use eventsource_core::{Key, Position, Timestamp};
use rusqlite::{Connection, Params, Row, ToSql, params};
use serde_json::Value;

use super::registry::Entry;
use crate::fault::{Fault, RESTORE};

const TABLES: [&str; 2] = ["parked_keys", "parked_events"];

/// The parked keys of a model at a place.
pub(super) struct ParkedKeys<'c> {
    connection: &'c Connection,
    name: &'c str,
    version: u32,
    place: &'static str,
}

impl<'c> ParkedKeys<'c> {
    pub(super) fn of(connection: &'c Connection, entry: &'c Entry) -> Self {
        Self {
            connection,
            name: &entry.name,
            version: entry.version,
            place: super::columns::place_to_sql(entry.place),
        }
    }

    /// Does it all, in order, and tells how many keys are parked then.
    pub(super) fn apply(&self, parking: &[Parking]) -> Result<u64, Fault> {
        for parking in parking {
            self.apply_one(parking)?;
        }
        self.count()
    }

    fn apply_one(&self, parking: &Parking) -> Result<(), Fault> {
        const PARK: &str = "INSERT INTO parked_keys
            (name, version, place, key, position, reason, attempts, next_attempt, unparked)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)
            ON CONFLICT DO UPDATE SET position = excluded.position, reason = excluded.reason,
                attempts = excluded.attempts, next_attempt = excluded.next_attempt";
        const QUEUE: &str = "INSERT OR IGNORE INTO parked_events
            (name, version, place, key, position) VALUES (?1, ?2, ?3, ?4, ?5)";
        const BEHIND: &str = "INSERT OR IGNORE INTO parked_keys
            (name, version, place, key, position, reason, attempts, next_attempt, unparked)
            VALUES (?1, ?2, ?3, ?4, ?5, '', 0, 0, 0)";
        let (key, at) = (to_json(parking.key()), parking.position().offset().get());
        let (name, version, place) = (self.name, self.version, self.place);
        match parking {
            Parking::Failed {
                reason,
                attempts,
                next_attempt,
                ..
            } => {
                let next = next_attempt.as_micros();
                self.run(
                    PARK,
                    params![name, version, place, key, at, reason, attempts, next],
                )?;
                self.run(QUEUE, params![name, version, place, key, at])
            }
            Parking::Queued { .. } => {
                self.run(BEHIND, params![name, version, place, key, at])?;
                self.run(QUEUE, params![name, version, place, key, at])
            }
            Parking::Done { .. } => self.done(&key, at),
        }
    }

    fn done(&self, key: &str, through: u64) -> Result<(), Fault> {
        const DONE: &str = "DELETE FROM parked_events
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = ?4 AND position <= ?5";
        const FIRST: &str = "SELECT min(position) FROM parked_events
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = ?4";
        const NEXT: &str = "UPDATE parked_keys SET position = ?5, attempts = 0
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = ?4";
        const FREE: &str = "DELETE FROM parked_keys
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = ?4";
        let (name, version, place) = (self.name, self.version, self.place);
        self.run(DONE, params![name, version, place, key, through])?;
        let mut first = self.connection.prepare_cached(FIRST)?;
        let first = first.query_row(params![name, version, place, key], |row| row.get(0))?;
        match first {
            None::<u64> => self.run(FREE, params![name, version, place, key]),
            Some(first) => self.run(NEXT, params![name, version, place, key, first]),
        }
    }

    pub(super) fn select(&self, select: SelectParked) -> Result<Vec<Parked>, Fault> {
        match select {
            SelectParked::After { after, limit } => {
                let all = self.find("", &[])?.into_iter();
                let is_after = |parked: &Parked| after.as_ref().is_none_or(|it| parked.key > *it);
                Ok(all.filter(is_after).take(limit).collect())
            }
            SelectParked::Unparked => self.find("AND unparked > 0", &[]),
            SelectParked::Behind { first, last } => {
                const BEHIND: &str = "AND key IN (SELECT key FROM parked_events
                    WHERE name = ?1 AND version = ?2 AND place = ?3 AND position BETWEEN ?4 AND ?5)";
                // What is in another log is not in this file.
                if first.log() != 0 || last.log() != 0 {
                    return Ok(Vec::new());
                }
                let (first, last) = (first.offset().get(), last.offset().get());
                let mut behind = self.find(BEHIND, &[&first, &last])?;
                behind.truncate(1);
                Ok(behind)
            }
        }
    }

    /// In the order of their keys, which is another one than that of their texts. There are not so
    /// many that it would matter.
    fn find(&self, which: &str, more: &[&dyn ToSql]) -> Result<Vec<Parked>, Fault> {
        let find = format!(
            "SELECT key, position, reason, attempts, next_attempt,
                (SELECT count(*) FROM parked_events AS waiting
                WHERE waiting.name = ?1 AND waiting.version = ?2 AND waiting.place = ?3
                    AND waiting.key = parked_keys.key),
                unparked
            FROM parked_keys WHERE name = ?1 AND version = ?2 AND place = ?3 {which}"
        );
        let mut find = self.connection.prepare_cached(&find)?;
        let mut given: Vec<&dyn ToSql> = vec![&self.name, &self.version, &self.place];
        given.extend(more);
        let (mut rows, mut found) = (find.query(&*given)?, Vec::new());
        while let Some(row) = rows.next()? {
            found.push(parked(row)?);
        }
        found.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(found)
    }

    pub(super) fn waiting(&self, key: &Key, limit: usize) -> Result<Vec<Position>, Fault> {
        const WAITING: &str = "SELECT position FROM parked_events
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = ?4
            ORDER BY position LIMIT ?5";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut waiting = self.connection.prepare_cached(WAITING)?;
        let given = params![self.name, self.version, self.place, to_json(key), limit];
        let waiting = waiting.query_map(given, |row| Ok(Position::new(row.get(0)?)))?;
        Ok(waiting.collect::<rusqlite::Result<_>>()?)
    }

    /// Counts it on one, or on all.
    pub(super) fn unpark(&self, key: Option<&Key>) -> Result<u64, Fault> {
        const UNPARK: &str = "UPDATE parked_keys SET unparked = unparked + 1
            WHERE name = ?1 AND version = ?2 AND place = ?3 AND key = coalesce(?4, key)";
        let mut unpark = self.connection.prepare_cached(UNPARK)?;
        let given = params![self.name, self.version, self.place, key.map(to_json)];
        Ok(unpark.execute(given)? as u64)
    }

    /// Takes the place of what is parked at the main place.
    pub(super) fn replace_main(&self) -> Result<(), Fault> {
        let main = super::columns::place_to_sql(Place::Main);
        Self {
            place: main,
            ..*self
        }
        .remove()?;
        for table in TABLES {
            let to_main = format!(
                "UPDATE {table} SET place = ?4 WHERE name = ?1 AND version = ?2 AND place = ?3"
            );
            let mut to_main = self.connection.prepare_cached(&to_main)?;
            to_main.execute(params![self.name, self.version, self.place, main])?;
        }
        Ok(())
    }

    /// Forgets all of them.
    pub(super) fn remove(&self) -> Result<(), Fault> {
        for table in TABLES {
            let remove =
                format!("DELETE FROM {table} WHERE name = ?1 AND version = ?2 AND place = ?3");
            let mut remove = self.connection.prepare_cached(&remove)?;
            remove.execute(params![self.name, self.version, self.place])?;
        }
        Ok(())
    }

    fn count(&self) -> Result<u64, Fault> {
        const COUNT: &str = "SELECT count(*) FROM parked_keys
            WHERE name = ?1 AND version = ?2 AND place = ?3";
        let mut count = self.connection.prepare_cached(COUNT)?;
        let given = params![self.name, self.version, self.place];
        Ok(count.query_row(given, |row| row.get(0))?)
    }

    fn run(&self, sql: &str, given: impl Params) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute(given)?;
        Ok(())
    }
}

fn parked(row: &Row<'_>) -> Result<Parked, Fault> {
    Ok(Parked {
        key: from_json(row.get_ref(0)?.as_str()?)?,
        position: Position::new(row.get(1)?),
        reason: row.get(2)?,
        attempts: row.get(3)?,
        next_attempt: Timestamp::from_micros(row.get(4)?),
        waiting: row.get(5)?,
        unparked: row.get(6)?,
    })
}

/// As a JSON array of its parts; a shortened key as its bytes in hexadecimal digits.
fn to_json(key: &Key) -> String {
    if key.is_shortened() {
        return Value::from(to_hex(key.as_bytes())).to_string();
    }
    let part = |part: &KeyPart| match part {
        KeyPart::Integer(integer) => Value::from(*integer),
        KeyPart::Text(text) => Value::from(text.as_str()),
    };
    Value::Array(key.parts().iter().map(part).collect()).to_string()
}

fn from_json(text: &str) -> Result<Key, Fault> {
    if let Ok(hex) = serde_json::from_str::<String>(text) {
        let key = from_hex(&hex).and_then(|bytes| Key::from_bytes(&bytes).ok());
        return key.ok_or_else(|| Fault::corrupt(format!("a parked key is not one; {RESTORE}")));
    }
    let parts = serde_json::from_str::<Vec<Value>>(text).ok();
    let part = |part: Value| match part {
        Value::String(text) => Some(KeyPart::Text(text)),
        Value::Number(number) => number.as_i64().map(KeyPart::Integer),
        _ => None,
    };
    let parts: Option<Vec<KeyPart>> = parts.and_then(|parts| parts.into_iter().map(part).collect());
    let key = parts.map(Key::from_parts);
    key.ok_or_else(|| Fault::corrupt(format!("a parked key is not one; {RESTORE}")))
}

fn to_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |digit: u8| char::from_digit(digit.into(), 16);
    digits.filter_map(digit).collect()
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
