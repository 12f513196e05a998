//! Rows of events and commits.

use std::sync::Arc;

use eventsource_core::engine::{Damage, EventSink, FilledEvent, PageFiller, PageSource};
use eventsource_core::store::{
    CommitHeader, Digest, DigestEncoding, StoreError, StoreErrorKind, StoredType, TagBuffer,
};
use eventsource_core::{Position, Query, StreamId, Timestamp};
use tokio_postgres::{Client, Row};

use super::not_read;
use crate::shared::Shared;
use crate::types::Types;

/// The columns of an event with its stream and its commit, of the tables `e`, `s` and `c`.
pub(super) fn columns(with_metadata: bool) -> String {
    let metadata = if with_metadata {
        "c.metadata::text"
    } else {
        "NULL::text"
    };
    format!(
        "e.position, e.first_position, e.stream, e.version, e.type, e.payload, e.tags, \
         s.tenant, s.category, s.root_id, c.first_position, c.events, c.id, c.recorded_at, c.encoding, \
         c.digest, {metadata}"
    )
}

const COMMIT: usize = 10;
const METADATA: usize = 16;

/// The events of a read, in their order.
#[derive(Default)]
pub(super) struct EventRows(Vec<Row>);

/// The last event of a read, whose commit may go on.
pub(super) struct LastRow {
    pub(super) position: Position,
    pub(super) version: u64,
    pub(super) commit: CommitHeader,
}

impl EventRows {
    /// Makes sure that the types of the events are known.
    pub(super) async fn new(
        rows: Vec<Row>,
        client: &Client,
        shared: &Shared,
    ) -> Result<Self, StoreError> {
        let is_known = |row: &Row| shared.types.get(row.get(4)).is_some();
        if !rows.iter().all(is_known) {
            shared.types.read_all(client, &shared.statements).await?;
        }
        Ok(Self(rows))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn payload_bytes(&self) -> usize {
        let bytes = |row: &Row| row.get::<_, &[u8]>(5).len();
        self.0.iter().map(bytes).sum()
    }

    /// The last event.
    pub(super) fn last(&self) -> Result<Option<LastRow>, StoreError> {
        let last = self.0.last().map(|row| {
            Ok(LastRow {
                position: position(row, 0),
                version: row.get::<_, i64>(3).cast_unsigned(),
                commit: commit_header(row, COMMIT)?,
            })
        });
        last.transpose()
    }

    pub(super) fn extend(&mut self, rest: Self) {
        self.0.extend(rest.0);
    }

    /// Adds the events up to the head. Returns whether there was room for all of them.
    pub(super) fn fill<S: EventSink>(
        &self,
        filler: &mut PageFiller<S>,
        head: Position,
        query: Option<&Query>,
        types: &Types,
    ) -> Result<bool, StoreError> {
        let mut tags = TagBuffer::default();
        for row in &self.0 {
            let event = Self::event(row, &mut tags)?;
            if event.position.offset() > head.offset() {
                break;
            }
            let mut source = Source { row, types };
            let is_added = match query {
                Some(query) => filler.add_match(&event, query, &mut source)?,
                None => filler.add(&event, &mut source)?,
            };
            if !is_added {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn event<'a>(row: &'a Row, tags: &'a mut TagBuffer) -> Result<FilledEvent<'a>, StoreError> {
        tags.clear();
        let texts: Option<Vec<&str>> = row.try_get(6).map_err(not_read)?;
        for text in texts.into_iter().flatten() {
            tags.push(text);
        }
        Ok(FilledEvent {
            commit: position(row, 1),
            stream: row.get(2),
            event_type: i64::from(row.get::<_, i32>(4)),
            version: row.get::<_, i64>(3).cast_unsigned(),
            position: position(row, 0),
            payload: row.get(5),
            tags: tags.tags(),
        })
    }
}

/// The row of an event, which has all that a filler looks up.
struct Source<'r> {
    row: &'r Row,
    types: &'r Types,
}

/// A contradiction in the tables.
struct Damaged(StoreError);

impl From<Damage> for Damaged {
    fn from(damage: Damage) -> Self {
        Self(StoreError::new(
            StoreErrorKind::Corrupt,
            format!("the tables are damaged: {damage}; restore a backup"),
        ))
    }
}

impl From<Damaged> for StoreError {
    fn from(Damaged(error): Damaged) -> Self {
        error
    }
}

impl PageSource for Source<'_> {
    type Error = Damaged;

    fn stream(&mut self, _: i64) -> Result<StreamId, Damaged> {
        Ok(stream_id(self.row, 7))
    }

    fn event_type(&mut self, number: i64) -> Result<StoredType, Damaged> {
        let known = i32::try_from(number).ok().and_then(|it| self.types.get(it));
        known.ok_or_else(|| {
            let message = format!("the type {number} of an event is missing; restore a backup");
            Damaged(StoreError::new(StoreErrorKind::Corrupt, message))
        })
    }

    fn commit(&mut self, _: Position) -> Result<Arc<CommitHeader>, Damaged> {
        let header = commit_header(self.row, COMMIT).map_err(Damaged)?;
        let metadata: Option<&str> = self.row.get(METADATA);
        Ok(Arc::new(match metadata {
            Some(json) => header.with_metadata_json(json),
            None => header,
        }))
    }
}

/// The header of a commit without its metadata, from the columns of
/// [`COMMIT`](crate::database::statements::COMMIT) that begin at this one.
pub(crate) fn commit_header(row: &Row, column: usize) -> Result<CommitHeader, StoreError> {
    let first = position(row, column);
    let damaged = || {
        let message = format!(
            "the commit at position {first} has no digest that this program knows; use a newer one"
        );
        StoreError::new(StoreErrorKind::Incompatible, message)
    };
    let encoding: i16 = row.get(column + 4);
    let encoding = u8::try_from(encoding)
        .ok()
        .and_then(DigestEncoding::from_number);
    let bytes: &[u8] = row.get(column + 5);
    let digest = Digest::from_bytes(
        encoding.ok_or_else(damaged)?,
        bytes.try_into().map_err(|_| damaged())?,
    );
    let events: i32 = row.get(column + 1);
    let time = Timestamp::from_micros(row.get(column + 3));
    let id = row.get(column + 2);
    Ok(CommitHeader::new(
        id,
        first,
        events.cast_unsigned(),
        time,
        digest,
    ))
}

/// The id of a stream, from three columns.
pub(super) fn stream_id(row: &Row, column: usize) -> StreamId {
    let (tenant, category): (String, String) = (row.get(column), row.get(column + 1));
    let stream = StreamId::new(category, row.get(column + 2));
    if tenant.is_empty() {
        return stream;
    }
    stream.in_tenant(tenant)
}

fn position(row: &Row, column: usize) -> Position {
    Position::new(row.get::<_, i64>(column).cast_unsigned())
}
