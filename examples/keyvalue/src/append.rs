//! Deciding a commit, and writing it into the tables.

use eventsource_core::engine::{
    Decided, Decider, Facts, NewCommit, Plan, ReadFailure, StreamState,
};
use eventsource_core::store::{CommitHeader, ImportError, Page, ReadLog, ReadStream, StoreError};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::{CommitEnvelope, StreamToken};
use eventsource_core::{AppendError, Position, Receipt, StreamId};

use crate::error::{failed, no_commit_at};
use crate::read::positions;
use crate::tables::WriteTables;

/// The receipts of commits, or of those before the one that is not stored.
pub(crate) type Stored = Result<Vec<Receipt>, ImportError>;

impl WriteTables<'_> {
    /// Stores commits in this order, up to the first that is refused. Where the tables fail, a part of a
    /// commit may be in them, so that the transaction has to be undone.
    pub(crate) fn append_all<'g>(
        &mut self,
        commits: &'g [NewCommit],
        decider: &mut Decider<'g, ()>,
    ) -> Result<Stored, StoreError> {
        let mut receipts = Vec::with_capacity(commits.len());
        for new in commits {
            match self.append(new, decider)? {
                Ok(receipt) => receipts.push(receipt),
                Err(error) => return Ok(Err(ImportError::new(receipts, new.commit.id, error))),
            }
        }
        Ok(Ok(receipts))
    }

    fn append<'g>(
        &mut self,
        new: &'g NewCommit,
        decider: &mut Decider<'g, ()>,
    ) -> Result<Result<Receipt, AppendError>, StoreError> {
        let plan = match decider.resolve(new, self) {
            Ok(Decided::Store(plan)) => plan,
            Ok(Decided::Answer(answer)) => return Ok(answer),
            // Nothing of it is written, so that the other commits of its group may be stored.
            Err(error) => return Ok(Err(error.into())),
        };
        match CommitEnvelope::encode_plan(&plan) {
            Ok(envelope) => self.insert(&plan, &envelope)?,
            Err(error) => return Ok(Err(StoreError::from(error).into())),
        }
        Ok(Ok(decider.accept(plan)))
    }

    fn insert(&mut self, plan: &Plan<'_, ()>, envelope: &[u8]) -> Result<(), StoreError> {
        let first = plan.header.first.offset().get();
        self.commits.insert(first, envelope).map_err(failed)?;
        for planned in &plan.streams {
            let token = StreamToken::new(planned.stream);
            let key = (token.as_str(), planned.revision.version());
            self.streams.insert(key, first).map_err(failed)?;
        }
        let token = StreamToken::new(plan.streams[0].stream);
        let key = (token.as_str(), plan.header.id.as_u128());
        self.ids.insert(key, first).map_err(failed)?;
        Ok(())
    }
}

/// The look-ups of the decider.
impl Facts for WriteTables<'_> {
    type Row = ();
    type Error = StoreError;

    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<()>>, StoreError> {
        let Some(position) = self.commits_of(stream, u64::MAX, true)?.next() else {
            return Ok(None);
        };
        let position = position?;
        let receipt = Self::commit(self, position, |it| it.receipt(positions(position)))?;
        let mut revisions = receipt.revisions.into_iter();
        let (_, revision) = revisions
            .find(|(it, _)| it == stream)
            .ok_or_else(|| no_commit_at(position))?;
        Ok(Some(StreamState {
            revision,
            recorded_at: receipt.recorded_at,
            row: (),
        }))
    }

    fn commit(
        &mut self,
        first: &StreamId,
        _: Option<&()>,
        id: Uuid,
    ) -> Result<Option<CommitHeader>, StoreError> {
        let position = self.find(first, id)?;
        let header = |first| Self::commit(self, first, |it| it.header(Position::new(first)));
        position.map(header).transpose()
    }

    fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, StoreError> {
        let first = commit.first.offset().get();
        Self::commit(self, first, |it| it.receipt(positions(first)))
    }

    fn read_stream(&mut self, read: &ReadStream) -> Result<Page, ReadFailure<StoreError>> {
        Ok(Self::read_stream(self, read)?)
    }

    fn read(&mut self, read: &ReadLog) -> Result<Page, ReadFailure<StoreError>> {
        Ok(Self::read(self, read)?)
    }
}
