//! Commits in the order in which they were stored.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};
use std::sync::Arc;

use uuid::Uuid;

use crate::{
    AppendError, Commit, CommitHeader, Conflict, Expect, Fingerprint, Imported, NewEvent, Page,
    PageBuilder, PageEvent, Position, Query, ReadError, ReadStream, Receipt, Revision, Snapshot,
    StoredEvent, StreamId, Timestamp, Versions,
};

/// At most so many missed events come with a conflict.
const MISSED: usize = 256;

#[derive(Default)]
pub(super) struct Log {
    events: Vec<Stored>,
    commits: Vec<Arc<CommitHeader>>,
    streams: BTreeMap<StreamId, Stream>,
    snapshots: HashMap<(StreamId, Fingerprint), Snapshot>,
}

/// An event; its position is one more than its index.
struct Stored {
    event: NewEvent,
    version: u64,
    commit: usize,
}

#[derive(Default)]
struct Stream {
    /// Where its events are, by version.
    events: Vec<usize>,
    /// The commits whose first event is in this stream.
    commits: HashMap<Uuid, usize>,
}

impl Log {
    pub(super) fn head(&self) -> Position {
        position(self.events.len().wrapping_sub(1))
    }

    pub(super) fn append(
        &mut self,
        commit: Commit,
        now: Timestamp,
    ) -> Result<Receipt, AppendError> {
        let digest = commit.digest();
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
        let last = self.last_time();
        Ok(self.store(commit, digest, now.max(last)))
    }

    pub(super) fn import(&mut self, commits: Vec<Imported>) -> Result<Vec<Receipt>, AppendError> {
        let before = (self.events.len(), self.commits.len());
        let receipts = commits
            .into_iter()
            .map(|imported| self.import_one(imported))
            .collect();
        if let Err(error) = receipts {
            self.cut(before);
            return Err(error);
        }
        receipts
    }

    /// Its time is kept, so it may not lie before the last one's.
    fn import_one(&mut self, imported: Imported) -> Result<Receipt, AppendError> {
        let Imported {
            commit,
            recorded_at,
        } = imported;
        let last = self.last_time();
        let receipt = self.append(commit, recorded_at)?;
        if receipt.repeated || receipt.recorded_at == recorded_at {
            return Ok(receipt);
        }
        Err(Imported::out_of_time(receipt.commit_id, recorded_at, last))
    }

    fn last_time(&self) -> Timestamp {
        self.commits
            .last()
            .map_or(Timestamp::default(), |commit| commit.recorded_at)
    }

    pub(super) fn receipt(&self, first: &StreamId, commit_id: Uuid) -> Option<Receipt> {
        self.find(first, commit_id)
            .map(|commit| self.receipt_of(commit))
    }

    pub(super) fn read_stream(&self, read: &ReadStream) -> Result<Page, ReadError> {
        self.check_position(read.at_least)?;
        let events = self
            .streams
            .get(&read.stream)
            .map_or(&[][..], |stream| &stream.events);
        let chosen: Box<dyn Iterator<Item = usize>> = match read.versions {
            Versions::After(version) => Box::new(events.iter().skip(to_index(version)).copied()),
            Versions::Before(version) => {
                let below = to_index(version.saturating_sub(1)).min(events.len());
                Box::new(events[..below].iter().rev().copied())
            }
        };
        Ok(self.page(chosen, read.limit, read.with_commits))
    }

    pub(super) fn read(
        &self,
        query: &Query,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.check_position(after)?;
        let first = to_index(after.offset());
        let matching = (first..self.events.len()).filter(|&event| self.matches(query, event));
        Ok(self.page(matching, limit, true))
    }

    pub(super) fn root_ids(
        &self,
        tenant: &str,
        category: &str,
        after: Option<Uuid>,
        limit: usize,
    ) -> Vec<Uuid> {
        let stream = |id| StreamId::new(category.to_owned(), id).in_tenant(tenant.to_owned());
        let first = match after {
            Some(after) => Bound::Excluded(stream(after)),
            None => Bound::Included(stream(Uuid::nil())),
        };
        let streams = self
            .streams
            .range((first, Bound::Included(stream(Uuid::max()))));
        streams
            .map(|(stream, _)| stream.root_id())
            .take(limit)
            .collect()
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
        if kept.revision < snapshot.revision {
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
            Expect::AtVersion { stream, version } => (stream, *version),
            Expect::NoneMatch { query, after } => return self.check_none(expect, query, *after),
        };
        let actual = self.revision(stream);
        let holds = match expect {
            Expect::At { revision, .. } => *revision == actual,
            _ => version == actual.version(),
        };
        if holds {
            return Ok(());
        }
        let read = ReadStream::forward(stream.clone(), version);
        let missed = self.read_stream(&read.limit(MISSED).with_commits())?;
        Err(Conflict::new(expect.clone(), Some(actual), missed).into())
    }

    fn check_none(
        &self,
        expect: &Expect,
        query: &Query,
        after: Position,
    ) -> Result<(), AppendError> {
        let missed = self.read(query, after, MISSED)?;
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
        let last = events.last().map(|&last| position(last));
        last.map_or(Revision::NONE, |last| {
            Revision::new(events.len() as u64, last)
        })
    }

    fn store(&mut self, commit: Commit, digest: [u8; 32], recorded_at: Timestamp) -> Receipt {
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

    /// Forgets what came after a failed import had begun.
    fn cut(&mut self, (events, commits): (usize, usize)) {
        for stream in self.streams.values_mut() {
            stream.events.retain(|&event| event < events);
            stream.commits.retain(|_, &mut commit| commit < commits);
        }
        self.streams.retain(|_, stream| !stream.events.is_empty());
        self.events.truncate(events);
        self.commits.truncate(commits);
    }

    fn receipt_of(&self, commit: usize) -> Receipt {
        let header = &self.commits[commit];
        let events = range_of(header);
        let mut revisions: Vec<(StreamId, Revision)> = Vec::new();
        for index in events.clone() {
            let Stored { event, version, .. } = &self.events[index];
            let revision = Revision::new(*version, position(index));
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

    fn matches(&self, query: &Query, index: usize) -> bool {
        let Stored {
            event,
            version,
            commit,
        } = &self.events[index];
        query.matches(&StoredEvent {
            stream: &event.stream,
            version: *version,
            position: position(index),
            name: &event.name,
            schema: event.schema,
            codec: event.codec,
            payload: &event.payload,
            tags: &event.tags,
            commit: Some(&self.commits[*commit]),
        })
    }

    /// The first `limit` of these events, and what else of them is in the last one's commit.
    fn page(&self, chosen: impl Iterator<Item = usize>, limit: usize, with_commits: bool) -> Page {
        let mut chosen = chosen.peekable();
        let mut page = PageBuilder::new();
        let mut last = None;
        while let Some(&next) = chosen.peek() {
            let commit = self.events[next].commit;
            if page.len() >= limit.max(1) && last != Some(commit) {
                let through = last.map_or(Position::START, |last| self.end_of(last));
                return page.finish(through, false);
            }
            self.add(&mut page, next, with_commits);
            last = Some(commit);
            chosen.next();
        }
        page.finish(self.head(), true)
    }

    fn add(&self, page: &mut PageBuilder, index: usize, with_commits: bool) {
        let Stored {
            event,
            version,
            commit,
        } = &self.events[index];
        let stream = page.stream(event.stream.clone());
        let commit = with_commits.then(|| page.commit(Arc::clone(&self.commits[*commit])));
        page.push(PageEvent {
            stream,
            commit,
            version: *version,
            position: position(index),
            name: &event.name,
            schema: event.schema,
            codec: event.codec,
            payload: &event.payload,
            tags: event.tags.clone(),
        });
    }

    fn end_of(&self, commit: usize) -> Position {
        position(range_of(&self.commits[commit]).end - 1)
    }

    fn check_position(&self, position: Position) -> Result<(), ReadError> {
        let head = self.head();
        if position <= head {
            Ok(())
        } else {
            Err(ReadError::BeyondHead { position, head })
        }
    }
}

/// The position of the event at this index; of the index before the first, the start.
fn position(index: usize) -> Position {
    Position::new(index.wrapping_add(1) as u64)
}

fn to_index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn range_of(header: &CommitHeader) -> Range<usize> {
    let first = to_index(header.first.offset() - 1);
    first..first + header.events as usize
}
