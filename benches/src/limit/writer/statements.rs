//! The statements and caches that a group is written with.

use std::time::{SystemTime, UNIX_EPOCH};

use eventsource_core::Tag;
use rusqlite::{Connection, Error, Statement, params};
use uuid::Uuid;

use super::{Answer, Commit, Part, Request, Standing, Store, hash};
use crate::Result;
use crate::limit::checksum::{CommitRow, EventRow, StreamRow};
use crate::limit::digest;
use crate::limit::rows;
use crate::limit::snapshot::Keep;
use crate::limit::types::Numbers;

pub(super) struct Statements<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    ends: Statement<'c>,
    new_stream: Statement<'c>,
    move_stream: Statement<'c>,
    new_commit: Statement<'c>,
    new_event: Statement<'c>,
    new_tag: Statement<'c>,
    is_tagged: Statement<'c>,
    known_commit: Statement<'c>,
    last_of_commit: Statement<'c>,
    keep: Keep<'c>,
    types: Numbers<'c>,
    /// Microseconds since 1970, of the group.
    now: i64,
    /// The position of the last event, and the number of the last stream.
    head: i64,
    last_stream: i64,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> Result<Self> {
        let prepare = |sql: &str| connection.prepare(sql);
        Ok(Self {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            ends: prepare(
                "SELECT (SELECT coalesce(max(position), 0) FROM events),
                (SELECT coalesce(max(stream), 0) FROM streams)",
            )?,
            // The expectation is in the statement: what is not as expected changes no row.
            new_stream: prepare(
                "INSERT INTO streams
                (stream, category, root_id, version, position, recorded_at, \"check\", checksum)
                VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            )?,
            move_stream: prepare(
                "UPDATE streams SET version = ?2, position = ?3, recorded_at = ?4,
                \"check\" = ?5, checksum = ?6
                WHERE stream = ?1 AND version = ?7 AND position = ?8",
            )?,
            new_commit: prepare(
                "INSERT INTO commits
                (first_position, events, stream, id, recorded_at, metadata, encoding, digest, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)",
            )?,
            new_event: prepare(
                "INSERT INTO events
                (position, \"commit\", stream, version, type, payload, tags, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
            new_tag: prepare(
                "INSERT OR IGNORE INTO tags (tag, position, type) VALUES (?1, ?2, ?3)",
            )?,
            is_tagged: prepare("SELECT 1 FROM tags WHERE tag = ?1 AND position > ?2")?,
            known_commit: prepare(&format!(
                "SELECT {} FROM commits WHERE id = ?2 AND stream =
                (SELECT stream FROM streams WHERE category = 1 AND root_id = ?1)",
                rows::COMMIT
            ))?,
            last_of_commit: prepare(&format!(
                "SELECT {} FROM events WHERE position = ?1",
                rows::EVENT
            ))?,
            keep: Keep::prepare(connection)?,
            types: Numbers::new(connection)?,
            now: 0,
            head: 0,
            last_stream: 0,
        })
    }

    /// One transaction for all of them. Only when it is durable may anybody be answered.
    pub(super) fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>> {
        self.begin.execute([])?;
        (self.head, self.last_stream) = self
            .ends
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
        let answers = group.iter().map(|request| match request {
            Request::Store(store, _) => self.append(store),
            Request::Keep(snapshot, _) => self.keep.write(snapshot).map(|()| None),
        });
        let answers = answers.collect::<Result<_>>()?;
        self.commit.execute([])?;
        Ok(answers)
    }

    fn append(&mut self, store: &Store) -> Result<Answer> {
        let commit = &store.commit;
        if commit.may_repeat
            && let Some(known) = self.known(store)?
        {
            return Ok(Some(known));
        }
        if let Some((tag, after)) = &commit.unless
            && self.is_tagged(tag, *after)?
        {
            return Ok(None);
        }
        let mut placed = Vec::with_capacity(commit.streams.len());
        let mut head = self.head;
        for part in &commit.streams {
            head += i64::try_from(part.events.len())?;
            match self.place(part, commit.id, head)? {
                Some(standing) => placed.push(standing),
                None if placed.is_empty() => return Ok(None),
                None => return Err("a second stream that does not stand as expected".into()),
            }
        }
        self.write_commit(store, placed[0].stream)?;
        self.write_events(store, &placed)?;
        self.head = head;
        Ok(Some(placed[0]))
    }

    /// Moves a stream to its new end, if it stands where it was expected.
    fn place(&mut self, part: &Part, commit: Uuid, position: i64) -> Result<Answer> {
        let before = part.expected.map_or(0, |expected| expected.version);
        let (words, _) = commit.as_bytes().as_chunks::<4>();
        let words = words.iter().map(|word| u32::from_be_bytes(*word));
        let row = StreamRow {
            stream: part.expected.map_or(self.last_stream + 1, |it| it.stream),
            category: 1,
            root_id: part.root_id,
            version: before + i64::try_from(part.events.len())?,
            position,
            recorded_at: self.now,
            check: words.fold(0, |check, word| check ^ word),
        };
        let is_placed = match part.expected {
            Some(expected) => self.move_stream(&row, expected)?,
            None => self.add_stream(&row)?,
        };
        Ok(is_placed.then_some(Standing {
            stream: row.stream,
            version: row.version,
            position,
        }))
    }

    fn add_stream(&mut self, row: &StreamRow) -> Result<bool> {
        let added = self.new_stream.insert(params![
            row.stream,
            &row.root_id.as_bytes()[..],
            row.version,
            row.position,
            row.recorded_at,
            row.check,
            row.checksum(),
        ]);
        match added {
            Err(Error::StatementChangedRows(0)) => Ok(false),
            added => {
                added?;
                self.last_stream = row.stream;
                Ok(true)
            }
        }
    }

    fn move_stream(&mut self, row: &StreamRow, expected: Standing) -> Result<bool> {
        let moved = self.move_stream.execute(params![
            row.stream,
            row.version,
            row.position,
            row.recorded_at,
            row.check,
            row.checksum(),
            expected.version,
            expected.position,
        ])?;
        Ok(moved > 0)
    }

    fn write_commit(&mut self, store: &Store, stream: i64) -> Result<()> {
        let row = CommitRow {
            first: self.head + 1,
            events: i64::try_from(store.commit.events())?,
            stream,
            id: store.commit.id.as_bytes(),
            recorded_at: self.now,
            metadata: None,
            encoding: digest::ENCODING.into(),
            digest: &store.digest,
        };
        self.new_commit.execute(params![
            row.first,
            row.events,
            row.stream,
            row.id,
            row.recorded_at,
            row.encoding,
            row.digest,
            row.checksum(),
        ])?;
        Ok(())
    }

    fn write_events(&mut self, store: &Store, placed: &[Standing]) -> Result<()> {
        let first = self.head + 1;
        let mut queue = (first..).zip(&store.tags);
        for (part, end) in store.commit.streams.iter().zip(placed) {
            let before = end.version - i64::try_from(part.events.len())?;
            for (event, version) in part.events.iter().zip(before + 1..) {
                let (position, tags) = queue.next().ok_or("an event without its place")?;
                let row = EventRow {
                    position,
                    commit: first,
                    stream: end.stream,
                    version,
                    of: self.types.of(event.name)?,
                    payload: event.payload.as_bytes(),
                    tags: tags.json.as_deref(),
                };
                self.new_event.execute(params![
                    row.position,
                    row.commit,
                    row.stream,
                    row.version,
                    row.of,
                    event.payload,
                    row.tags,
                    row.checksum(),
                ])?;
                for hash in &tags.hashes {
                    self.new_tag.execute(params![hash, position, row.of])?;
                }
            }
        }
        Ok(())
    }

    fn is_tagged(&mut self, tag: &Tag, after: i64) -> Result<bool> {
        Ok(self.is_tagged.exists(params![hash(tag), after])?)
    }

    /// The answer to a commit that is stored already.
    fn known(&mut self, store: &Store) -> Result<Answer> {
        let Commit { id, streams, .. } = &store.commit;
        let root_id = &streams[0].root_id.as_bytes()[..];
        let mut found = self
            .known_commit
            .query(params![root_id, &id.as_bytes()[..]])?;
        let Some(row) = found.next()? else {
            return Ok(None);
        };
        let row = rows::commit(row)?;
        if row.digest != store.digest {
            return Err("another commit has this id".into());
        }
        let position = row.first + row.events - 1;
        let stream = row.stream;
        let mut last = self.last_of_commit.query([position])?;
        let last = last.next()?.ok_or("a commit without events")?;
        let version = rows::event(last)?.version;
        Ok(Some(Standing {
            stream,
            version,
            position,
        }))
    }
}
