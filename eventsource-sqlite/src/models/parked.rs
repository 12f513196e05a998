//! Keys that are parked, and the events that wait behind them.

use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::{Parked, Parking, SelectParked};
use eventsource_core::{Key, Position, Timestamp};
use rusqlite::{Connection, Params, Row, ToSql, params};
use serde_json::Value;

use super::registry::Entry;
use crate::fault::{Fault, RESTORE};

const TABLES: [&str; 2] = ["parked_keys", "parked_events"];

/// The parked keys of a model at a place.
pub(super) struct ParkedKeys<'c> {
    connection: &'c Connection,
    model: i64,
    /// The log of all positions.
    log: u32,
}

impl<'c> ParkedKeys<'c> {
    pub(super) fn of(connection: &'c Connection, entry: &Entry) -> Self {
        Self {
            connection,
            model: entry.id,
            log: entry.progress.source.number(),
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
            (model, key, parts, position, reason, attempts, next_attempt, unparked)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
            ON CONFLICT DO UPDATE SET position = excluded.position, reason = excluded.reason,
                attempts = excluded.attempts, next_attempt = excluded.next_attempt";
        const QUEUE: &str =
            "INSERT OR IGNORE INTO parked_events (model, key, position) VALUES (?1, ?2, ?3)";
        const BEHIND: &str = "INSERT OR IGNORE INTO parked_keys
            (model, key, parts, position, reason, attempts, next_attempt, unparked)
            VALUES (?1, ?2, ?3, ?4, '', 0, 0, 0)";
        let (key, at) = (parking.key(), parking.position().offset().get());
        let (model, bytes) = (self.model, key.as_bytes());
        match parking {
            Parking::Failed {
                reason,
                attempts,
                next_attempt,
                ..
            } => {
                let (parts, next) = (readable(key), next_attempt.as_micros());
                let park = params![model, bytes, parts, at, reason, attempts, next];
                self.run(PARK, park)?;
                self.run(QUEUE, params![model, bytes, at])
            }
            Parking::Queued { .. } => {
                self.run(BEHIND, params![model, bytes, readable(key), at])?;
                self.run(QUEUE, params![model, bytes, at])
            }
            Parking::Done { .. } => self.done(key, at),
        }
    }

    fn done(&self, key: &Key, through: u64) -> Result<(), Fault> {
        const DONE: &str =
            "DELETE FROM parked_events WHERE model = ?1 AND key = ?2 AND position <= ?3";
        const FIRST: &str = "SELECT min(position) FROM parked_events WHERE model = ?1 AND key = ?2";
        const NEXT: &str =
            "UPDATE parked_keys SET position = ?3, attempts = 0 WHERE model = ?1 AND key = ?2";
        const FREE: &str = "DELETE FROM parked_keys WHERE model = ?1 AND key = ?2";
        let (model, key) = (self.model, key.as_bytes());
        self.run(DONE, params![model, key, through])?;
        let mut first = self.connection.prepare_cached(FIRST)?;
        match first.query_row(params![model, key], |row| row.get(0))? {
            None::<u64> => self.run(FREE, params![model, key]),
            Some(first) => self.run(NEXT, params![model, key, first]),
        }
    }

    pub(super) fn select(&self, select: SelectParked) -> Result<Vec<Parked>, Fault> {
        match select {
            SelectParked::After { after, limit } => {
                let after = after.as_ref().map(Key::as_bytes);
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                self.find("AND (?2 IS NULL OR key > ?2)", limit, &[&after])
            }
            SelectParked::Unparked => self.find("AND unparked > 0", i64::MAX, &[]),
            SelectParked::Behind { first, last } => {
                const BEHIND: &str = "AND key IN (SELECT key FROM parked_events
                    WHERE model = ?1 AND position BETWEEN ?2 AND ?3)";
                // What is in another log is not in this model.
                if first.log() != self.log || last.log() != self.log {
                    return Ok(Vec::new());
                }
                let (first, last) = (first.offset().get(), last.offset().get());
                self.find(BEHIND, 1, &[&first, &last])
            }
        }
    }

    /// In the order of their keys.
    fn find(&self, which: &str, limit: i64, more: &[&dyn ToSql]) -> Result<Vec<Parked>, Fault> {
        let find = format!(
            "SELECT key, position, reason, attempts, next_attempt,
                (SELECT count(*) FROM parked_events AS waiting
                WHERE waiting.model = ?1 AND waiting.key = parked_keys.key),
                unparked
            FROM parked_keys WHERE model = ?1 {which} ORDER BY key LIMIT ?{}",
            more.len() + 2
        );
        let mut find = self.connection.prepare_cached(&find)?;
        let mut given: Vec<&dyn ToSql> = vec![&self.model];
        given.extend(more);
        given.push(&limit);
        let (mut rows, mut found) = (find.query(&*given)?, Vec::new());
        while let Some(row) = rows.next()? {
            found.push(self.parked(row)?);
        }
        Ok(found)
    }

    pub(super) fn waiting(&self, key: &Key, limit: usize) -> Result<Vec<Position>, Fault> {
        const WAITING: &str = "SELECT position FROM parked_events
            WHERE model = ?1 AND key = ?2 ORDER BY position LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut waiting = self.connection.prepare_cached(WAITING)?;
        let given = params![self.model, key.as_bytes(), limit];
        let waiting = waiting.query_map(given, |row| Ok(self.position(row.get(0)?)))?;
        Ok(waiting.collect::<rusqlite::Result<_>>()?)
    }

    /// Counts it on one, or on all.
    pub(super) fn unpark(&self, key: Option<&Key>) -> Result<u64, Fault> {
        const UNPARK: &str = "UPDATE parked_keys SET unparked = unparked + 1
            WHERE model = ?1 AND key = coalesce(?2, key)";
        let mut unpark = self.connection.prepare_cached(UNPARK)?;
        let given = params![self.model, key.map(Key::as_bytes)];
        Ok(unpark.execute(given)? as u64)
    }

    /// Forgets all of them.
    pub(super) fn remove(&self) -> Result<(), Fault> {
        for table in TABLES {
            let remove = format!("DELETE FROM {table} WHERE model = ?1");
            self.run(&remove, [self.model])?;
        }
        Ok(())
    }

    fn count(&self) -> Result<u64, Fault> {
        const COUNT: &str = "SELECT count(*) FROM parked_keys WHERE model = ?1";
        let mut count = self.connection.prepare_cached(COUNT)?;
        Ok(count.query_row([self.model], |row| row.get(0))?)
    }

    fn run(&self, sql: &str, given: impl Params) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute(given)?;
        Ok(())
    }

    fn parked(&self, row: &Row<'_>) -> Result<Parked, Fault> {
        let key = row.get_ref(0)?.as_blob().ok();
        let key = key.and_then(|bytes| Key::from_bytes(bytes).ok());
        let no_key = || Fault::corrupt(format!("a parked key is not one; {RESTORE}"));
        Ok(Parked {
            key: key.ok_or_else(no_key)?,
            position: self.position(row.get(1)?),
            reason: row.get(2)?,
            attempts: row.get(3)?,
            next_attempt: Timestamp::from_micros(row.get(4)?),
            waiting: row.get(5)?,
            unparked: row.get(6)?,
        })
    }

    fn position(&self, offset: u64) -> Position {
        Position::new(offset).in_log(self.log)
    }
}

/// The parts as a JSON array, for people; those of a shortened key are the first ones.
pub(super) fn readable(key: &Key) -> String {
    let part = |part: KeyPart| match part {
        KeyPart::Integer(integer) => Value::from(integer),
        KeyPart::Text(text) => Value::from(text),
    };
    Value::Array(key.parts().into_iter().map(part).collect()).to_string()
}
