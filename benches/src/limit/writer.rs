//! One thread that writes what came while it wrote.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Error, OptionalExtension, Statement, params};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::types::Numbers;
use super::{Event, checksum};
use crate::Result;

const GROUP: usize = 4096;

/// Events of one stream that are stored all or none.
pub(crate) struct Commit {
    pub(crate) id: Uuid,
    pub(crate) root_id: Uuid,
    /// Version and position of the stream's last event; `None` where there is none.
    pub(crate) expected: Option<(i64, i64)>,
    /// Stored names and JSON.
    pub(crate) events: Vec<(&'static str, String)>,
}

impl Commit {
    /// A commit of a single event.
    pub(crate) fn one(root_id: Uuid, expected: Option<(i64, i64)>, event: &Event) -> Result<Self> {
        Ok(Self {
            id: Uuid::now_v7(),
            root_id,
            expected,
            events: vec![(event.name(), event.to_json()?)],
        })
    }
}

/// Where a stream stands after a commit; `None` when it did not stand where it was expected.
type Answer = Option<(i64, i64)>;

struct Request {
    commit: Commit,
    digest: [u8; 32],
    answer: oneshot::Sender<Answer>,
}

/// The way to the thread.
pub(crate) struct Writer {
    inbox: mpsc::Sender<Request>,
    thread: JoinHandle<Result<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection) -> Self {
        let (inbox, requests) = mpsc::channel();
        let thread = thread::spawn(move || run(&connection, &requests));
        Self { inbox, thread }
    }

    /// Stores a commit.
    pub(crate) async fn append(&self, commit: Commit) -> Result<(i64, i64)> {
        let (answer, answered) = oneshot::channel();
        let digest = checksum::digest(commit.root_id, &commit.events);
        let request = Request {
            commit,
            digest,
            answer,
        };
        self.inbox
            .send(request)
            .map_err(|_| "the writer has died")?;
        answered.await?.ok_or_else(|| "a conflict".into())
    }

    /// Waits for the thread.
    pub(crate) fn close(self) -> Result<()> {
        drop(self.inbox);
        self.thread.join().map_err(|_| "the writer panicked")?
    }
}

fn run(connection: &Connection, requests: &mpsc::Receiver<Request>) -> Result<()> {
    let mut statements = Statements::prepare(connection)?;
    while let Ok(first) = requests.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = requests.try_recv()
        {
            group.push(next);
        }
        let answers = statements.write(&group)?;
        for (request, answer) in group.into_iter().zip(answers) {
            let _ = request.answer.send(answer);
        }
    }
    Ok(())
}

struct Statements<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    head: Statement<'c>,
    new_stream: Statement<'c>,
    move_stream: Statement<'c>,
    new_commit: Statement<'c>,
    new_event: Statement<'c>,
    types: Numbers<'c>,
}

impl<'c> Statements<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self> {
        let prepare = |sql| connection.prepare(sql);
        Ok(Self {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            head: prepare("SELECT coalesce(max(position), 0) FROM events")?,
            // The expectation is in the statement: what is not as expected changes no row.
            new_stream: prepare(
                "INSERT INTO streams
                (category, root_id, version, position, recorded_at, \"check\", checksum)
                VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?,
            move_stream: prepare(
                "UPDATE streams SET version = ?2, position = ?3, recorded_at = ?4,
                \"check\" = ?5, checksum = ?6
                WHERE category = 1 AND root_id = ?1
                AND version = ?7 AND position = ?8 RETURNING stream",
            )?,
            new_commit: prepare(
                "INSERT INTO commits
                (first_position, events, stream, id, recorded_at, metadata, encoding, digest, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, NULL, 1, ?6, ?7)",
            )?,
            new_event: prepare(
                "INSERT INTO events
                (position, \"commit\", stream, version, type, payload, tags, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7)",
            )?,
            types: Numbers::new(connection)?,
        })
    }

    /// One transaction for all of them. Only when it is durable may anybody be answered.
    fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>> {
        self.begin.execute([])?;
        let mut head: i64 = self.head.query_row([], |row| row.get(0))?;
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            let answer = self.append(request, head, now)?;
            head = answer.map_or(head, |(_, position)| position);
            answers.push(answer);
        }
        self.commit.execute([])?;
        Ok(answers)
    }

    fn append(&mut self, request: &Request, head: i64, now: i64) -> Result<Answer> {
        let Request { commit, digest, .. } = request;
        let count = i64::try_from(commit.events.len())?;
        let (before, _) = commit.expected.unwrap_or_default();
        let end = (before + count, head + count);
        let Some(stream) = self.stream(commit, end, now)? else {
            return Ok(None);
        };
        let id = &commit.id.as_bytes()[..];
        let numbers = [head + 1, count, stream, now];
        let checksum = checksum::of(numbers, [id, digest]);
        self.new_commit
            .execute(params![head + 1, count, stream, id, now, digest, checksum])?;
        for ((position, version), (name, payload)) in
            (head + 1..).zip(before + 1..).zip(&commit.events)
        {
            let of = self.types.of(name)?;
            let numbers = [position, head + 1, stream, version, of];
            let checksum = checksum::of(numbers, [payload.as_bytes()]);
            self.new_event.execute(params![
                position,
                head + 1,
                stream,
                version,
                of,
                payload,
                checksum
            ])?;
        }
        Ok(Some(end))
    }

    fn stream(
        &mut self,
        commit: &Commit,
        (version, position): (i64, i64),
        now: i64,
    ) -> Result<Option<i64>> {
        let root_id = &commit.root_id.as_bytes()[..];
        let (words, _) = commit.id.as_bytes().as_chunks::<4>();
        let words = words.iter().map(|word| u32::from_be_bytes(*word));
        let check = words.fold(0, |check, word| check ^ word);
        let numbers = [1, version, position, now, i64::from(check)];
        let checksum = checksum::of(numbers, [root_id]);
        if let Some((before, at)) = commit.expected {
            let moved = params![root_id, version, position, now, check, checksum, before, at];
            let stream = self.move_stream.query_row(moved, |row| row.get(0));
            return Ok(stream.optional()?);
        }
        let new = self
            .new_stream
            .insert(params![root_id, version, position, now, check, checksum]);
        match new {
            Err(Error::StatementChangedRows(0)) => Ok(None),
            new => Ok(Some(new?)),
        }
    }
}
