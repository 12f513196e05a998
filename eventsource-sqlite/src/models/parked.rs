//! Keys that are parked, and the events that wait behind them.

use eventsource_core::engine::models::{ModelEntry, ParkedKey, ParkedPlan};
use eventsource_core::read_model::{Parked, Parking, SelectParked};
use eventsource_core::{Key, Position};
use rusqlite::{Connection, Params, ToSql, params};

use super::parked_row;
use crate::fault::SqliteFault;

const TABLES: [&str; 2] = ["parked_keys", "parked_events"];

/// The parked keys of a model at a place.
pub(super) struct ParkedKeys<'c> {
    connection: &'c Connection,
    model: u64,
    /// The log of all positions.
    log: u32,
}

impl<'c> ParkedKeys<'c> {
    pub(super) fn of(connection: &'c Connection, entry: &ModelEntry) -> Self {
        Self {
            connection,
            model: entry.number,
            log: entry.progress.source.number(),
        }
    }

    /// Does it all, in order, and counts the keys that are parked then.
    pub(super) fn apply(&self, parking: &[Parking], parked: &mut u64) -> Result<(), SqliteFault> {
        if parking.is_empty() {
            return Ok(());
        }
        for parking in parking {
            let known = self.row(parking.key())?;
            match ParkedKey::plan(known, parking.clone()) {
                ParkedPlan::Enqueue { key, position, row } => {
                    self.enqueue(&key, position, row.as_ref())?;
                }
                ParkedPlan::Dequeue { key, through, row } => self.dequeue(&key, through, row)?,
            }
        }
        *parked = self.count()?;
        Ok(())
    }

    fn enqueue(&self, key: &Key, at: Position, row: Option<&ParkedKey>) -> Result<(), SqliteFault> {
        const QUEUE: &str =
            "INSERT OR IGNORE INTO parked_events (model, key, position) VALUES (?1, ?2, ?3)";
        if let Some(row) = row {
            parked_row::save(self.connection, self.model, row)?;
        }
        self.run(
            QUEUE,
            params![self.model, key.as_bytes(), at.offset().get()],
        )
    }

    fn dequeue(
        &self,
        key: &Key,
        through: Position,
        row: Option<ParkedKey>,
    ) -> Result<(), SqliteFault> {
        const DONE: &str =
            "DELETE FROM parked_events WHERE model = ?1 AND key = ?2 AND position <= ?3";
        const FREE: &str = "DELETE FROM parked_keys WHERE model = ?1 AND key = ?2";
        let (of_key, through) = (params![self.model, key.as_bytes()], through.offset().get());
        self.run(DONE, params![self.model, key.as_bytes(), through])?;
        let first = self.waiting(key, 1)?.first().copied();
        match row.and_then(|row| row.retried(first)) {
            Some(row) => parked_row::save(self.connection, self.model, &row),
            None => self.run(FREE, of_key),
        }
    }

    fn row(&self, key: &Key) -> Result<Option<ParkedKey>, SqliteFault> {
        let rows = self.rows("AND key = ?2", i64::MAX, &[&key.as_bytes()])?;
        Ok(rows.into_iter().next())
    }

    pub(super) fn select(&self, select: SelectParked) -> Result<Vec<Parked>, SqliteFault> {
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

    fn find(
        &self,
        which: &str,
        limit: i64,
        more: &[&dyn ToSql],
    ) -> Result<Vec<Parked>, SqliteFault> {
        let rows = self.rows(which, limit, more)?.into_iter();
        rows.map(|row| self.parked(row)).collect()
    }

    /// In the order of their keys.
    fn rows(
        &self,
        which: &str,
        limit: i64,
        more: &[&dyn ToSql],
    ) -> Result<Vec<ParkedKey>, SqliteFault> {
        let find = format!(
            "{} WHERE model = ?1 {which} ORDER BY key LIMIT ?{}",
            parked_row::SELECT,
            more.len() + 2
        );
        let mut find = self.connection.prepare_cached(&find)?;
        let mut given: Vec<&dyn ToSql> = vec![&self.model];
        given.extend(more);
        given.push(&limit);
        let (mut rows, mut found) = (find.query(&*given)?, Vec::new());
        while let Some(row) = rows.next()? {
            found.push(parked_row::read(row, self.log)?.1);
        }
        Ok(found)
    }

    pub(super) fn waiting(&self, key: &Key, limit: usize) -> Result<Vec<Position>, SqliteFault> {
        const WAITING: &str = "SELECT position FROM parked_events
            WHERE model = ?1 AND key = ?2 ORDER BY position LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut waiting = self.connection.prepare_cached(WAITING)?;
        let given = params![self.model, key.as_bytes(), limit];
        let waiting = waiting.query_map(given, |row| Ok(self.position(row.get(0)?)))?;
        Ok(waiting.collect::<rusqlite::Result<_>>()?)
    }

    /// Counts it on one, or on all.
    pub(super) fn unpark(&self, key: Option<&Key>) -> Result<u64, SqliteFault> {
        let bytes = key.map(Key::as_bytes);
        let rows = self.rows("AND key = coalesce(?2, key)", i64::MAX, &[&bytes])?;
        let asked = rows.len() as u64;
        for mut row in rows {
            row.unpark();
            parked_row::save(self.connection, self.model, &row)?;
        }
        Ok(asked)
    }

    /// Forgets all of them.
    pub(super) fn remove(&self) -> Result<(), SqliteFault> {
        for table in TABLES {
            let remove = format!("DELETE FROM {table} WHERE model = ?1");
            self.run(&remove, [self.model])?;
        }
        Ok(())
    }

    fn count(&self) -> Result<u64, SqliteFault> {
        const COUNT: &str = "SELECT count(*) FROM parked_keys WHERE model = ?1";
        let mut count = self.connection.prepare_cached(COUNT)?;
        Ok(count.query_row([self.model], |row| row.get(0))?)
    }

    fn run(&self, sql: &str, given: impl Params) -> Result<(), SqliteFault> {
        self.connection.prepare_cached(sql)?.execute(given)?;
        Ok(())
    }

    fn parked(&self, row: ParkedKey) -> Result<Parked, SqliteFault> {
        const WAITING: &str = "SELECT count(*) FROM parked_events WHERE model = ?1 AND key = ?2";
        let mut waiting = self.connection.prepare_cached(WAITING)?;
        let of_key = params![self.model, row.key.as_bytes()];
        let waiting = waiting.query_row(of_key, |row| row.get(0))?;
        Ok(row.into_parked(waiting))
    }

    fn position(&self, offset: u64) -> Position {
        Position::new(offset).in_log(self.log)
    }
}
