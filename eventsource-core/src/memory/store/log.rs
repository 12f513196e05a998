//! The log: commits in the order in which they were stored.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::streams::Streams;
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
    pub(super) streams: Streams,
    pub(super) types: Types,
    /// The last offset that is used, by an event or by a hole.
    end: u64,
    snapshots: HashMap<(StreamId, Fingerprint), Snapshot>,
}

/// An event. Its offset is its index plus one, plus the number of skipped offsets before it.
pub(super) struct Stored {
    pub(super) offset: u64,
    pub(super) event: NewEvent,
    pub(super) version: u64,
    pub(super) commit: usize,
    /// The index of the first event of its stream.
    pub(super) stream: usize,
    /// The index of its type.
    pub(super) event_type: usize,
}

impl Log {
    pub(super) fn head(&self) -> Horizon {
        let last = self.commits.last();
        last.map_or(Horizon::START, |commit| commit.horizon())
    }

    /// The commit of the event at a position.
    pub(super) fn commit_at(&self, position: Position) -> Option<Uuid> {
        let offset = position.offset().get();
        let event = self.events.get(self.index_from(offset))?;
        (event.offset == offset).then(|| self.commits[event.commit].id)
    }

    /// The index of the first event at this offset or a later one.
    pub(super) fn index_from(&self, offset: u64) -> usize {
        if self.end == self.events.len() as u64 {
            return to_index(offset.saturating_sub(1)).min(self.events.len());
        }
        self.events.partition_point(|event| event.offset < offset)
    }

    /// Skips the next offsets.
    pub(super) fn skip(&mut self, offsets: u64) {
        self.end += offsets;
    }

    pub(super) fn append(&mut self, new: NewCommit) -> Result<Receipt, AppendError> {
        // The look-up of an id is as cheap as the check of `Commit::may_repeat`.
        let decider = Decider::new(Position::new(self.end));
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

    /// The time of the last commit.
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
        let offsets = header.first.offset().get()..;
        self.end = header.last().offset().get();
        self.commits.push(Arc::new(header));
        let first = commit.events[0].stream.clone();
        for (offset, event) in offsets.zip(commit.events) {
            let stream = self.streams.begin(&event.stream);
            stream.events.push(self.events.len());
            self.events.push(Stored {
                offset,
                version: stream.events.len() as u64,
                commit: number,
                stream: stream.events[0],
                event_type: self.types.index_of(&event),
                event,
            });
        }
        self.streams.begin(&first).commits.insert(id, number);
    }

    fn receipt_of(&self, commit: &CommitHeader) -> Receipt {
        let mut receipt = ReceiptBuilder::new(commit.clone());
        for stored in &self.events[self.range_of(commit)] {
            receipt.add(&stored.event.stream, stored.version);
        }
        let Ok(receipt) = receipt.finish(|stream| Ok::<_, Infallible>(stream.clone()));
        receipt
    }

    fn range_of(&self, header: &CommitHeader) -> Range<usize> {
        let first = self.index_from(header.first.offset().get());
        first..first + header.events as usize
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
                revision: Revision::new(event.version, event.position(), commit.id),
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

impl Stored {
    pub(super) fn position(&self) -> Position {
        Position::new(self.offset)
    }
}

pub(super) fn to_index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
