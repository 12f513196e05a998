//! Commits in the order in which they were stored.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::types::Types;
use crate::engine::{
    Decided, Decider, Facts, ImportedCommits, NewCommit, ReadFailure, ReceiptBuilder, StreamState,
};
use crate::store::{
    AppendError, Commit, CommitHeader, Fingerprint, Horizon, ImportError, Imported, Limits,
    NewEvent, Page, ReadLog, ReadStream, Receipt, Revision, Snapshot,
};
use crate::values::{Position, StreamId, Timestamp};

#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Stored>,
    pub(super) commits: Vec<Arc<CommitHeader>>,
    pub(super) streams: BTreeMap<StreamId, Stream>,
    pub(super) types: Types,
    snapshots: HashMap<(StreamId, Fingerprint), Snapshot>,
}

/// An event; its position is one more than its index.
pub(super) struct Stored {
    pub(super) event: NewEvent,
    pub(super) version: u64,
    pub(super) commit: usize,
    /// The index of the first event of its stream.
    pub(super) stream: usize,
    /// The index of its type.
    pub(super) event_type: usize,
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
        last.map_or(Horizon::START, |commit| commit.horizon())
    }

    /// The commit of the event at a position.
    pub(super) fn commit_at(&self, position: Position) -> Option<Uuid> {
        let index = to_index(position.offset().get().checked_sub(1)?);
        Some(self.commits[self.events.get(index)?.commit].id)
    }

    pub(super) fn append(&mut self, new: NewCommit) -> Result<Receipt, AppendError> {
        // The look-up of an id costs no more than to trust `Commit::may_repeat`.
        let decider = Decider::new(self.head().position());
        let mut decider = decider.looks_up_every_id(true);
        let Ok(outcome) = decider.resolve(&new, self);
        match outcome {
            Decided::Answer(answer) => answer,
            Decided::Store(plan) => {
                let (header, receipt) = (plan.header.clone(), decider.accept(plan));
                drop(decider);
                self.store(new.commit, header);
                Ok(receipt)
            }
        }
    }

    pub(super) fn import(
        &mut self,
        limits: &Limits,
        commits: Vec<Imported>,
    ) -> Result<Vec<Receipt>, ImportError> {
        let mut stored = Vec::with_capacity(commits.len());
        let mut commits = ImportedCommits::new(commits, limits);
        while let Some(new) = commits.next() {
            let id = new.commit.id;
            match self.append(new) {
                Ok(receipt) => stored.push(receipt),
                Err(error) => commits.refuse(id, error),
            }
        }
        commits.finish(stored)
    }

    /// When the last commit was recorded.
    pub(super) fn last_recorded_at(&self) -> Timestamp {
        let last = self.commits.last();
        last.map_or(Timestamp::default(), |commit| commit.recorded_at)
    }

    pub(super) fn receipt(&self, first: &StreamId, commit_id: Uuid) -> Option<Receipt> {
        let commit = self.find(first, commit_id)?;
        Some(self.receipt_of(&self.commits[commit]))
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

    /// Adds the events of a commit that was decided.
    fn store(&mut self, commit: Commit, header: CommitHeader) {
        let (id, number) = (commit.id, self.commits.len());
        let header = header.with_metadata(commit.metadata);
        self.commits.push(Arc::new(header));
        let first = commit.events[0].stream.clone();
        for event in commit.events {
            let stream = self.streams.entry(event.stream.clone()).or_default();
            stream.events.push(self.events.len());
            self.events.push(Stored {
                version: stream.events.len() as u64,
                commit: number,
                stream: stream.events[0],
                event_type: self.types.index_of(&event),
                event,
            });
        }
        self.streams
            .entry(first)
            .or_default()
            .commits
            .insert(id, number);
    }

    fn receipt_of(&self, commit: &CommitHeader) -> Receipt {
        let mut receipt = ReceiptBuilder::new(commit.clone());
        for stored in &self.events[range_of(commit)] {
            receipt.add(&stored.event.stream, stored.version);
        }
        let Ok(receipt) = receipt.finish(|stream| Ok::<_, Infallible>(stream.clone()));
        receipt
    }
}

impl Facts for Log {
    type Row = ();
    type Error = Infallible;

    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<()>>, Infallible> {
        let last = self.streams.get(stream).and_then(|it| it.events.last());
        Ok(last.map(|&index| {
            let event = &self.events[index];
            let commit = &self.commits[event.commit];
            StreamState {
                revision: Revision::new(event.version, position(index), commit.id),
                recorded_at: commit.recorded_at,
                row: (),
            }
        }))
    }

    fn commit(
        &mut self,
        first: &StreamId,
        _: Option<&()>,
        id: Uuid,
    ) -> Result<Option<CommitHeader>, Infallible> {
        let commit = self.find(first, id);
        Ok(commit.map(|commit| CommitHeader::clone(&self.commits[commit])))
    }

    fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, Infallible> {
        Ok(self.receipt_of(commit))
    }

    fn read_stream(&mut self, read: &ReadStream) -> Result<Page, ReadFailure<Infallible>> {
        Ok(Self::read_stream(self, read)?)
    }

    fn read(&mut self, read: &ReadLog) -> Result<Page, ReadFailure<Infallible>> {
        Ok(Self::read(self, read)?)
    }
}

/// The position of the event at this index; of the index before the first, the start.
pub(super) fn position(index: usize) -> Position {
    Position::new(index.wrapping_add(1) as u64)
}

pub(super) fn to_index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

pub(super) fn range_of(header: &CommitHeader) -> Range<usize> {
    let first = to_index(header.first.offset().get() - 1);
    first..first + header.events as usize
}
