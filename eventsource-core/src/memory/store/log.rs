//! Commits in the order in which they were stored.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use crate::store::{
    AppendError, Commit, CommitHeader, CommitTime, Conflict, Digest, Expect, Fingerprint, Horizon,
    ImportError, Imported, Limits, NewEvent, Query, ReadLog, ReadStream, Receipt, Revision,
    Snapshot,
};
use crate::values::{Position, StreamId, Timestamp};

/// At most so many missed events come with a conflict.
const MISSED: usize = 256;

#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Stored>,
    pub(super) commits: Vec<Arc<CommitHeader>>,
    pub(super) streams: BTreeMap<StreamId, Stream>,
    snapshots: HashMap<(StreamId, Fingerprint), Snapshot>,
}

/// An event; its position is one more than its index.
pub(super) struct Stored {
    pub(super) event: NewEvent,
    pub(super) version: u64,
    pub(super) commit: usize,
}

#[derive(Default)]
pub(super) struct Stream {
    /// Where its events are, by version.
    pub(super) events: Vec<usize>,
    /// The commits whose first event is in this stream.
    commits: HashMap<Uuid, usize>,
}

impl Log {
    pub(super) fn head(&self) -> Horizon {
        let last = self.commits.last();
        last.map_or(Horizon::START, end_of)
    }

    /// The commit of the event at a position.
    pub(super) fn commit_at(&self, position: Position) -> Option<Uuid> {
        let index = to_index(position.offset().get().checked_sub(1)?);
        Some(self.commits[self.events.get(index)?.commit].id)
    }

    pub(super) fn append(
        &mut self,
        commit: Commit,
        time: CommitTime,
    ) -> Result<Receipt, AppendError> {
        let digest = commit.digest();
        // The look-up costs no more than to trust `Commit::may_repeat`.
        if let Some(stored) = self.find(&commit.events[0].stream, commit.id) {
            if self.commits[stored].digest == digest {
                return Ok(self.receipt_of(stored).repeated());
            }
            return Err(AppendError::CommitIdReused {
                commit_id: commit.id,
            });
        }
        commit
            .expect
            .iter()
            .try_for_each(|expect| self.check(expect))?;
        let recorded_at = time.recorded_at(commit.id, self.last_times(&commit))?;
        Ok(self.store(commit, digest, recorded_at))
    }

    pub(super) fn import(
        &mut self,
        limits: &Limits,
        commits: Vec<Imported>,
    ) -> Result<Vec<Receipt>, ImportError> {
        let mut stored = Vec::with_capacity(commits.len());
        for imported in commits {
            let id = imported.commit.id;
            match self.import_one(limits, imported) {
                Ok(receipt) => stored.push(receipt),
                Err(error) => return Err(ImportError::new(stored, id, error)),
            }
        }
        Ok(stored)
    }

    fn import_one(&mut self, limits: &Limits, imported: Imported) -> Result<Receipt, AppendError> {
        imported.check(limits)?;
        let time = CommitTime::imported(imported.recorded_at);
        self.append(imported.commit, time)
    }

    /// When the last commit was recorded.
    pub(super) fn last_recorded_at(&self) -> Timestamp {
        let last = self.commits.last();
        last.map_or(Timestamp::default(), |commit| commit.recorded_at)
    }

    /// When the last event was recorded of each stream that the commit writes.
    fn last_times<'c>(
        &self,
        commit: &'c Commit,
    ) -> impl Iterator<Item = (&'c StreamId, Timestamp)> {
        let written = commit.events.iter().map(|event| &event.stream);
        written.filter_map(|stream| Some((stream, self.last_time(stream)?)))
    }

    fn last_time(&self, stream: &StreamId) -> Option<Timestamp> {
        let last = *self.streams.get(stream)?.events.last()?;
        Some(self.commits[self.events[last].commit].recorded_at)
    }

    pub(super) fn receipt(&self, first: &StreamId, commit_id: Uuid) -> Option<Receipt> {
        self.find(first, commit_id)
            .map(|commit| self.receipt_of(commit))
    }

    pub(super) fn snapshot(&self, stream: StreamId, fingerprint: Fingerprint) -> Option<Snapshot> {
        self.snapshots.get(&(stream, fingerprint)).cloned()
    }

    pub(super) fn save_snapshot(&mut self, snapshot: Snapshot) {
        let key = (snapshot.stream.clone(), snapshot.fingerprint);
        let kept = self
            .snapshots
            .entry(key)
            .or_insert_with(|| snapshot.clone());
        if kept.revision.version() < snapshot.revision.version() {
            *kept = snapshot;
        }
    }

    fn find(&self, first: &StreamId, commit_id: Uuid) -> Option<usize> {
        self.streams.get(first)?.commits.get(&commit_id).copied()
    }

    fn check(&self, expect: &Expect) -> Result<(), AppendError> {
        let (stream, version) = match expect {
            Expect::NoStream(stream) => (stream, 0),
            Expect::At { stream, revision } => (stream, revision.version()),
            Expect::AtVersion { stream, version }
            | Expect::Follows {
                stream, version, ..
            } => (stream, *version),
            Expect::NoneMatch { query, after } => return self.check_none(expect, query, *after),
        };
        let actual = self.revision(stream);
        let holds = match expect {
            Expect::At { revision, .. } => *revision == actual,
            Expect::Follows { commit, .. } => {
                version == actual.version() && self.ends_with(stream, *commit)
            }
            _ => version == actual.version(),
        };
        if holds {
            return Ok(());
        }
        let read = ReadStream::forward(stream.clone(), version);
        let missed = self.read_stream(&read.limit(MISSED).with_metadata())?;
        Err(Conflict::new(expect.clone(), Some(actual), missed).into())
    }

    /// Whether the last event of a stream came with a commit that began there.
    fn ends_with(&self, stream: &StreamId, commit: Uuid) -> bool {
        let last = self.streams.get(stream).and_then(|it| it.events.last());
        let commit = self.find(stream, commit);
        last.is_some_and(|&last| Some(self.events[last].commit) == commit)
    }

    fn check_none(
        &self,
        expect: &Expect,
        query: &Query,
        after: Position,
    ) -> Result<(), AppendError> {
        let after = Horizon::unchecked(after);
        let missed = self.read(&ReadLog::new(query.clone()).after(after).limit(MISSED))?;
        if missed.is_empty() {
            return Ok(());
        }
        Err(Conflict::new(expect.clone(), None, missed).into())
    }

    fn revision(&self, stream: &StreamId) -> Revision {
        let events = self
            .streams
            .get(stream)
            .map_or(&[][..], |stream| &stream.events);
        let last = events.last();
        last.map_or(Revision::NONE, |&last| self.revision_after(last))
    }

    /// Where the stream of an event stands after it.
    fn revision_after(&self, index: usize) -> Revision {
        let Stored {
            version, commit, ..
        } = &self.events[index];
        Revision::new(*version, position(index), self.commits[*commit].id)
    }

    fn store(&mut self, commit: Commit, digest: Digest, recorded_at: Timestamp) -> Receipt {
        let Commit {
            id,
            events,
            metadata,
            ..
        } = commit;
        let number = self.commits.len();
        let count = u32::try_from(events.len()).expect("limits were checked");
        let header = CommitHeader::new(id, position(self.events.len()), count, recorded_at, digest);
        self.commits.push(Arc::new(header.with_metadata(metadata)));
        let first = events[0].stream.clone();
        for event in events {
            let stream = self.streams.entry(event.stream.clone()).or_default();
            stream.events.push(self.events.len());
            let version = stream.events.len() as u64;
            self.events.push(Stored {
                event,
                version,
                commit: number,
            });
        }
        self.streams
            .entry(first)
            .or_default()
            .commits
            .insert(id, number);
        self.receipt_of(number)
    }

    fn receipt_of(&self, commit: usize) -> Receipt {
        let header = &self.commits[commit];
        let events = range_of(header);
        let mut revisions: Vec<(StreamId, Revision)> = Vec::new();
        for index in events.clone() {
            let (event, revision) = (&self.events[index].event, self.revision_after(index));
            match revisions
                .iter_mut()
                .find(|(stream, _)| *stream == event.stream)
            {
                Some((_, last)) => *last = revision,
                None => revisions.push((event.stream.clone(), revision)),
            }
        }
        let ends = (position(events.start), position(events.end - 1));
        Receipt::new(
            header.id,
            revisions,
            ends,
            header.events,
            header.recorded_at,
        )
    }
}

/// The position of the event at this index; of the index before the first, the start.
pub(super) fn position(index: usize) -> Position {
    Position::new(index.wrapping_add(1) as u64)
}

pub(super) fn to_index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// The end of the log after a commit.
pub(super) fn end_of(header: &Arc<CommitHeader>) -> Horizon {
    Horizon::new(position(range_of(header).end - 1), header.id)
}

pub(super) fn range_of(header: &CommitHeader) -> Range<usize> {
    let first = to_index(header.first.offset().get() - 1);
    first..first + header.events as usize
}
