//! Reading the tables.

use std::ops::Bound;

use eventsource_core::store::{
    Page, PageBuilder, ReadLog, ReadStream, StoreError, StoredEvent, Versions,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::{CommitEnvelope, StreamToken};
use eventsource_core::{Horizon, Position, ReadError, Receipt, StreamId, Timestamp};
use redb::ReadableTable;

use crate::error::{failed, no_commit_at};
use crate::tables::{Envelope, IdKey, StreamKey, Tables};

impl<C, S, I> Tables<C, S, I>
where
    C: ReadableTable<u64, Envelope>,
    S: ReadableTable<StreamKey, u64>,
    I: ReadableTable<IdKey, u64>,
{
    /// The end of the log, and when its last commit was recorded.
    pub(crate) fn end(&self) -> Result<(Horizon, Timestamp), StoreError> {
        let last = self.commits.last().map_err(failed)?;
        let Some(first) = last.map(|(first, _)| first.value()) else {
            return Ok((Horizon::START, Timestamp::default()));
        };
        let at = Position::new(first);
        self.commit(first, |it| (it.horizon(at), it.recorded_at()))
    }

    /// Shows the commit that begins at a position, where a key says that there is one.
    pub(crate) fn commit<T>(
        &self,
        first: u64,
        show: impl FnOnce(&CommitEnvelope<'_>) -> T,
    ) -> Result<T, StoreError> {
        let bytes = self.commits.get(first).map_err(failed)?;
        let bytes = bytes.ok_or_else(|| no_commit_at(first))?;
        let envelope = CommitEnvelope::decode_without_digest(bytes.value());
        let envelope = envelope.map_err(|error| error.at(Position::new(first)))?;
        Ok(show(&envelope))
    }

    /// The position of the commit under an id whose first event went to the stream `first`.
    pub(crate) fn find(&self, first: &StreamId, id: Uuid) -> Result<Option<u64>, StoreError> {
        let token = StreamToken::new(first);
        let found = self.ids.get((token.as_str(), id.as_u128()));
        Ok(found.map_err(failed)?.map(|position| position.value()))
    }

    pub(crate) fn receipt(&self, first: &StreamId, id: Uuid) -> Result<Option<Receipt>, ReadError> {
        let position = self.find(first, id)?;
        let receipt = |first| self.commit(first, |it| it.receipt(positions(first)));
        Ok(position.map(receipt).transpose()?)
    }

    pub(crate) fn read(&self, read: &ReadLog) -> Result<Page, ReadError> {
        let (head, _) = self.end()?;
        ReadError::check_freshness(read.min_freshness, head.position())?;
        ReadError::check_horizon(read.start, head, |position| self.commit_id_at(position))??;
        let after = read.start.position().offset();
        let wanted =
            |event: &StoredEvent<'_>| event.position.offset() > after && read.query.matches(event);
        // A guard may begin within a commit.
        let first = self.begin_of(after.get() + 1)?;
        let commits = self.commits.range(first..).map_err(failed)?;
        let commits = commits.map(|entry| Ok(entry.map_err(failed)?.0.value()));
        let add = |commit: &CommitEnvelope<'_>, first, page: &mut PageBuilder| {
            commit.add_to(page, positions(first), wanted);
        };
        self.page((read.max_events, read.max_bytes), commits, head, add)
    }

    pub(crate) fn read_stream(&self, read: &ReadStream) -> Result<Page, ReadError> {
        let (head, _) = self.end()?;
        ReadError::check_freshness(read.min_freshness, head.position())?;
        let (from, is_backward) = match read.versions {
            Versions::After(version) => (version.saturating_add(1), false),
            Versions::Before(version) => (version, true),
        };
        let wanted = |event: &StoredEvent<'_>| {
            *event.stream == read.stream && (event.version < from) == is_backward
        };
        let commits = self.commits_of(&read.stream, from, is_backward)?;
        let add = |commit: &CommitEnvelope<'_>, first, page: &mut PageBuilder| {
            if is_backward {
                commit.add_reversed_to(page, positions(first), wanted);
            } else {
                commit.add_to(page, positions(first), wanted);
            }
        };
        self.page((read.max_events, ReadLog::BYTES), commits, head, add)
    }

    pub(crate) fn root_ids(
        &self,
        tenant: &str,
        category: &str,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Uuid>, ReadError> {
        let prefix = StreamToken::prefix(tenant, category);
        let after = after.map(|id| id.simple().to_string());
        let mut last = prefix.clone() + &after.unwrap_or_default();
        let mut ids = Vec::new();
        while ids.len() < limit {
            let behind = (Bound::Excluded((&*last, u64::MAX)), Bound::Unbounded);
            let mut behind = self.streams.range::<(&str, u64)>(behind).map_err(failed)?;
            let Some((key, first)) = behind.next().transpose().map_err(failed)? else {
                break;
            };
            let token = key.value().0.to_owned();
            let Some(id) = token.strip_prefix(&*prefix) else {
                break;
            };
            ids.push(Uuid::try_parse(id).map_err(|_| no_commit_at(first.value()))?);
            last = token;
        }
        Ok(ids)
    }

    /// The positions of the commits of a stream from a version on, in the order of a read. The first one
    /// backward may begin before that version and end behind it.
    pub(crate) fn commits_of(
        &self,
        stream: &StreamId,
        version: u64,
        is_backward: bool,
    ) -> Result<impl Iterator<Item = Result<u64, StoreError>>, StoreError> {
        let token = StreamToken::new(stream);
        let key = |version| (token.as_str(), version);
        let ahead = self.streams.range(key(version)..=key(u64::MAX));
        let behind = self.streams.range(key(0)..key(version));
        let (ahead, behind) = (ahead.map_err(failed)?, behind.map_err(failed)?.rev());
        let (ahead, behind) = if is_backward {
            (ahead.take(1), behind.take(usize::MAX))
        } else {
            (ahead.take(usize::MAX), behind.take(0))
        };
        let entries = ahead.chain(behind);
        Ok(entries.map(|entry| Ok(entry.map_err(failed)?.1.value())))
    }

    /// The first of these commits, until there are so many events or bytes. A page never splits a commit.
    fn page(
        &self,
        (events, bytes): (usize, usize),
        commits: impl Iterator<Item = Result<u64, StoreError>>,
        head: Horizon,
        add: impl Fn(&CommitEnvelope<'_>, u64, &mut PageBuilder),
    ) -> Result<Page, ReadError> {
        let (mut page, mut through) = (PageBuilder::new(), head);
        for first in commits {
            let is_large = page.len() >= events || page.payload_bytes() >= bytes;
            if is_large && !page.is_empty() {
                return Ok(page.finish(through, false));
            }
            let first = first?;
            through = self.commit(first, |commit| {
                add(commit, first, &mut page);
                commit.horizon(Position::new(first))
            })?;
        }
        Ok(page.finish(head, true))
    }

    /// The position of the commit that has this offset, or is the last one before it.
    fn begin_of(&self, offset: u64) -> Result<u64, StoreError> {
        let entry = self.commits.range(..=offset).map_err(failed)?.next_back();
        let entry = entry.transpose().map_err(failed)?;
        Ok(entry.map_or(offset, |(first, _)| first.value()))
    }

    /// The commit of the event at a position that the log has. It has no holes.
    fn commit_id_at(&self, position: Position) -> Result<Option<Uuid>, StoreError> {
        let first = self.begin_of(position.offset().get())?;
        self.commit(first, |commit| Some(commit.id()))
    }
}

/// The positions of the events of a commit, by their index: they follow that of the first one.
pub(crate) fn positions(first: u64) -> impl Fn(u32) -> Position {
    move |index| Position::new(first + u64::from(index))
}
