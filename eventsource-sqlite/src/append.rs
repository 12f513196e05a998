//! Storing one commit in the writer's transaction.

use eventsource_core::{
    AppendError, Commit, CommitHeader, Imported, Position, Receipt, Snapshot, Timestamp,
};
use rusqlite::{Connection, params};

use crate::fault::{Answered, Fault};
use crate::head::head;
use crate::placed::Placed;
use crate::row::{EventRow, tags_as_json};
use crate::streams::Stream;
use crate::{commits, expect, receipt, snapshots, streams};

const TAG: &str = "INSERT OR IGNORE INTO tags (tag, position) VALUES (?1, ?2)";

/// A commit with all that can be known of it outside of the transaction.
#[derive(Debug)]
pub(crate) struct Prepared {
    commit: Commit,
    digest: [u8; 32],
    metadata: Option<String>,
    time: Time,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    /// When it came.
    Came(Timestamp),
    /// When another store recorded it.
    Recorded(Timestamp),
}

impl Prepared {
    pub(crate) fn new(commit: Commit, now: Timestamp) -> Result<Self, AppendError> {
        let metadata = (!commit.metadata.is_empty())
            .then(|| serde_json::to_string(&commit.metadata))
            .transpose()
            .map_err(|error| AppendError::Invalid {
                reason: format!("the metadata: {error}"),
            })?;
        Ok(Self {
            digest: commit.digest(),
            commit,
            metadata,
            time: Time::Came(now),
        })
    }

    pub(crate) fn imported(imported: Imported) -> Result<Self, AppendError> {
        let time = imported.recorded_at;
        Ok(Self {
            time: Time::Recorded(time),
            ..Self::new(imported.commit, time)?
        })
    }

    pub(crate) fn commit(&self) -> &Commit {
        &self.commit
    }
}

/// The end of the log in the writer's transaction.
pub(crate) struct Log<'c> {
    connection: &'c Connection,
    head: Position,
    recorded_at: Timestamp,
}

impl<'c> Log<'c> {
    pub(crate) fn open(connection: &'c Connection) -> Result<Self, Fault> {
        let (head, recorded_at) = (head(connection)?, commits::last_time(connection)?);
        Ok(Self {
            connection,
            head,
            recorded_at,
        })
    }

    pub(crate) fn head(&self) -> Position {
        self.head
    }

    /// Stores a commit at the end. A refused one leaves nothing behind.
    pub(crate) fn append(&mut self, prepared: &Prepared) -> Answered<Receipt, AppendError> {
        let commit = &prepared.commit;
        let known = &commit.events[0].stream;
        let first = streams::find(self.connection, known)?;
        if let Some(first) = first
            && let Some(known) = commits::find(self.connection, first.number, commit.id)?
        {
            return self.answer_again(&known, prepared);
        }
        if let Time::Recorded(time) = prepared.time
            && time < self.recorded_at
        {
            let refusal = Imported::out_of_time(commit.id, time, self.recorded_at);
            return Ok(Err(refusal));
        }
        for expect in &commit.expect {
            if let Err(refusal) = expect::check(self.connection, expect, (known, first))? {
                return Ok(Err(refusal));
            }
        }
        self.store(prepared, first).map(Ok)
    }

    /// Keeps a snapshot in the same transaction.
    pub(crate) fn keep(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        snapshots::save(self.connection, snapshot)
    }

    fn answer_again(
        &self,
        known: &CommitHeader,
        prepared: &Prepared,
    ) -> Answered<Receipt, AppendError> {
        if known.digest != prepared.digest {
            return Ok(Err(AppendError::CommitIdReused {
                commit_id: known.id,
            }));
        }
        Ok(Ok(receipt::of(self.connection, known)?.repeated()))
    }

    fn store(&mut self, prepared: &Prepared, first: Option<Stream>) -> Result<Receipt, Fault> {
        let placed = Placed::new(self.connection, &prepared.commit, self.head, first)?;
        let header = self.header(prepared);
        let numbers = placed.write_streams(self.connection)?;
        commits::add(
            self.connection,
            &header,
            numbers[0],
            prepared.metadata.as_deref(),
        )?;
        self.write_events(&prepared.commit, &header, &placed, &numbers)?;
        self.head = Position::new(self.head.offset() + u64::from(header.events));
        self.recorded_at = header.recorded_at;
        let ends = (header.first, self.head);
        Ok(Receipt::new(
            header.id,
            placed.revisions(),
            ends,
            header.events,
            header.recorded_at,
        ))
    }

    fn header(&self, prepared: &Prepared) -> CommitHeader {
        let first = Position::new(self.head.offset() + 1);
        let count = u32::try_from(prepared.commit.events.len()).expect("limits were checked");
        let (Time::Came(time) | Time::Recorded(time)) = prepared.time;
        let recorded_at = time.max(self.recorded_at);
        CommitHeader::new(
            prepared.commit.id,
            first,
            count,
            recorded_at,
            prepared.digest,
        )
    }

    fn write_events(
        &self,
        commit: &Commit,
        header: &CommitHeader,
        placed: &Placed<'_>,
        numbers: &[i64],
    ) -> Result<(), Fault> {
        let first = header.first.offset();
        let mut insert = EventRow::insert(self.connection)?;
        for ((position, event), place) in (first..).zip(&commit.events).zip(&placed.events) {
            let tags = tags_as_json(&event.tags);
            let row = EventRow {
                position,
                commit: first,
                stream: numbers[place.stream],
                version: place.version,
                name: &event.name,
                schema: event.schema,
                codec: event.codec.name(),
                payload: &event.payload,
                tags: tags.as_deref(),
            };
            row.write(&mut insert)?;
            for tag in &event.tags {
                let mut add = self.connection.prepare_cached(TAG)?;
                add.execute(params![tag.as_str(), position])?;
            }
        }
        Ok(())
    }
}
