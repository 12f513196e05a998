//! Storing one commit in the writer's transaction.

use std::iter::empty;
use std::sync::Arc;

use eventsource_core::store::{Commit, CommitHeader, Expect, Snapshot, StoredEvent};
use eventsource_core::{AppendError, Position, Receipt, Timestamp};

use super::expect;
use super::placement::Placed;
use super::prepared::Prepared;
use super::statements::Statements;
use crate::fault::{Answered, Fault};
use crate::file::connection::Connection;
use crate::models::{ChangedRows, OtherRules, Rules};
use crate::tables::event_row::EventRow;
use crate::tables::head::ends_with;
use crate::tables::streams::StreamRow;
use crate::tables::{commits, receipt, snapshots, streams, tags, types};

/// The end of the log in the writer's transaction.
pub(crate) struct Log<'l, 'c> {
    connection: &'c Connection,
    statements: &'l mut Statements<'c>,
    rules: &'l Rules,
    /// Why nobody may append with these rules.
    other_rules: Option<OtherRules>,
    /// Whether the id of a commit is looked up also where it says that it is new.
    looks_up_all: bool,
    head: Position,
    /// The number of the last stream.
    last_stream: i64,
}

impl<'l, 'c> Log<'l, 'c> {
    pub(crate) fn open(
        connection: &'c Connection,
        statements: &'l mut Statements<'c>,
        rules: &'l Rules,
    ) -> Result<Self, Fault> {
        let (head, last_stream) = ends_with(&mut statements.ends)?;
        commits::check_end_with(&mut statements.last_commit, head)?;
        Ok(Self {
            connection,
            other_rules: rules.compare(&mut statements.registered)?,
            statements,
            rules,
            looks_up_all: false,
            head,
            last_stream,
        })
    }

    /// The same, for commits of which one was stored under its id already, though it said that
    /// the id is new.
    pub(crate) fn looking_up_all(mut self, looks_up_all: bool) -> Self {
        self.looks_up_all = looks_up_all;
        self
    }

    pub(crate) fn head(&self) -> Position {
        self.head
    }

    /// Stores a commit at the end. A refused one leaves nothing behind.
    pub(crate) fn append(&mut self, prepared: &Prepared) -> Answered<Receipt, AppendError> {
        let commit = &prepared.commit;
        if only_begins_a_stream(commit)
            && self.is_unruled(commit)
            && let Ok(time) = prepared.time.recorded_at(commit.id, empty())
        {
            let head = self.head;
            let placed = Placed::new(self.tools(), commit, head, None)?;
            let header = self.header(prepared, time);
            if let Some(receipt) =
                self.store(prepared, &header, &placed, &ChangedRows::default())?
            {
                return Ok(Ok(receipt));
            }
        }
        self.append_known(prepared)
    }

    /// The same, of a commit that may be stored already, or whose expectations may not hold.
    fn append_known(&mut self, prepared: &Prepared) -> Answered<Receipt, AppendError> {
        let commit = &prepared.commit;
        let known = &commit.events[0].stream;
        let first = streams::find_with(self.connection, &mut self.statements.find_stream, known)?;
        let looks_up = commit.may_repeat || self.looks_up_all;
        if looks_up && let Some(answer) = self.repeated(prepared, first)? {
            return Ok(answer);
        }
        if let Some(other) = &self.other_rules {
            return Ok(Err(other.into()));
        }
        for expect in &commit.expect {
            if let Err(refusal) = expect::check(self.connection, expect, (known, first))? {
                let not_looked_up = first.filter(|_| !looks_up);
                let repeated = self.repeated(prepared, not_looked_up)?;
                return Ok(repeated.unwrap_or(Err(refusal)));
            }
        }
        let head = self.head;
        let placed = Placed::new(self.tools(), commit, head, first)?;
        let time = match prepared.time.recorded_at(commit.id, placed.last_times()) {
            Ok(time) => time,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let header = self.header(prepared, time);
        let changed = match self.rule(prepared, &header, &placed)? {
            Ok(changed) => changed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let receipt = self.store(prepared, &header, &placed, &changed)?;
        Ok(Ok(receipt.expect("nobody else writes in this transaction")))
    }

    /// What the inline projections make of a commit, of which nothing is written yet.
    fn rule(
        &self,
        prepared: &Prepared,
        header: &CommitHeader,
        placed: &Placed<'_>,
    ) -> Answered<ChangedRows<'l>, AppendError> {
        let commit = &prepared.commit;
        if !self.rules.want(commit) {
            return Ok(Ok(ChangedRows::default()));
        }
        let mut header = header.clone().with_metadata(commit.metadata.clone());
        header.first = Position::START;
        let header = Arc::new(header);
        self.rules.take(self.connection, commit, || {
            let events = commit.events.iter().zip(&placed.events);
            events.map(|(event, place)| StoredEvent::unplaced(event, place.version, &header))
        })
    }

    /// Whether nothing has to be asked but the stream.
    fn is_unruled(&self, commit: &Commit) -> bool {
        self.other_rules.is_none() && !self.rules.want(commit)
    }

    /// Keeps a snapshot in the same transaction.
    pub(crate) fn keep(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        snapshots::save(self.connection, snapshot)
    }

    /// The answer to a commit under whose id one is stored already, in its first stream.
    fn repeated(
        &self,
        prepared: &Prepared,
        first: Option<StreamRow>,
    ) -> Result<Option<Result<Receipt, AppendError>>, Fault> {
        let Some(first) = first else {
            return Ok(None);
        };
        let known = commits::find(self.connection, first.number, prepared.commit.id)?;
        known
            .map(|known| self.answer_again(&known, prepared))
            .transpose()
    }

    fn answer_again(
        &self,
        known: &CommitHeader,
        prepared: &Prepared,
    ) -> Answered<Receipt, AppendError> {
        if known.digest != prepared.digest && !known.digest.is_of(&prepared.commit) {
            return Ok(Err(AppendError::CommitIdReused {
                commit_id: known.id,
            }));
        }
        Ok(Ok(receipt::of(self.connection, known)?.repeated()))
    }

    /// Stores nothing if the first stream is not known, and there is one.
    fn store(
        &mut self,
        prepared: &Prepared,
        header: &CommitHeader,
        placed: &Placed<'_>,
        changed: &ChangedRows<'_>,
    ) -> Result<Option<Receipt>, Fault> {
        let mut last = self.last_stream;
        let numbers = placed.write_streams(self.tools(), header.recorded_at, &mut last)?;
        let Some(numbers) = numbers else {
            return Ok(None);
        };
        self.last_stream = last;
        commits::add_with(
            &mut self.statements.add_commit,
            header,
            numbers[0],
            prepared.metadata.as_deref(),
        )?;
        self.write_events(prepared, header, placed, &numbers)?;
        changed.write(self.connection)?;
        self.head = Position::new(self.head.offset().get() + u64::from(header.events));
        let ends = (header.first, self.head);
        Ok(Some(Receipt::new(
            header.id,
            placed.revisions(),
            ends,
            header.events,
            header.recorded_at,
        )))
    }

    /// What rows are found and written with.
    fn tools(&mut self) -> (&'c Connection, &mut Statements<'c>) {
        (self.connection, self.statements)
    }

    fn header(&self, prepared: &Prepared, recorded_at: Timestamp) -> CommitHeader {
        let first = Position::new(self.head.offset().get() + 1);
        let count = u32::try_from(prepared.commit.events.len()).expect("limits were checked");
        CommitHeader::new(
            prepared.commit.id,
            first,
            count,
            recorded_at,
            prepared.digest,
        )
    }

    fn write_events(
        &mut self,
        prepared: &Prepared,
        header: &CommitHeader,
        placed: &Placed<'_>,
        numbers: &[i64],
    ) -> Result<(), Fault> {
        let first = header.first.offset().get();
        let events = prepared.commit.events.iter().zip(&prepared.columns);
        for ((position, (event, columns)), place) in (first..).zip(events).zip(&placed.events) {
            let row = EventRow {
                position,
                commit: first,
                stream: numbers[place.stream],
                version: place.version,
                of: types::number_of(self.connection, event)?,
                payload: &event.payload,
                tags: columns.tags.as_deref(),
            };
            row.write(&mut self.statements.add_event, columns.is_text)?;
            tags::add(self.connection, &event.tags, position, row.of)?;
        }
        Ok(())
    }
}

/// Whether all that the commit writes and expects is a stream without events. Such a stream has no
/// commits either, so nothing else has to be asked than whether it is there, which is told by
/// adding it.
fn only_begins_a_stream(commit: &Commit) -> bool {
    let stream = &commit.events[0].stream;
    matches!(&commit.expect[..], [Expect::NoStream(new)] if new == stream)
        && commit.events.iter().all(|event| event.stream == *stream)
}
