//! Reading the log.

use std::convert::Infallible;
use std::ops::Bound;
use std::sync::Arc;

use uuid::Uuid;

use super::log::{Log, Stored, end_of, position, to_index};
use crate::store::{
    Page, PageBuilder, PageEvent, Query, ReadError, ReadLog, ReadStream, StoredEvent, Versions,
};
use crate::values::StreamId;

impl Log {
    pub(super) fn read_stream(&self, read: &ReadStream) -> Result<Page, ReadError> {
        ReadError::check_freshness(read.freshness, self.head().position())?;
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
        Ok(self.page(chosen, read.limit, ReadLog::BYTES))
    }

    pub(super) fn read(&self, read: &ReadLog) -> Result<Page, ReadError> {
        ReadError::check_freshness(read.freshness, self.head().position())?;
        let Ok(checked) = ReadError::check_horizon(read.after, self.head(), |position| {
            Ok::<_, Infallible>(self.commit_at(position))
        });
        checked?;
        let first = to_index(read.after.position().offset().get());
        let events = first..self.events.len();
        let matching = events.filter(|&event| self.matches(&read.query, event));
        Ok(self.page(matching, read.limit, read.bytes))
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
            commit: &self.commits[*commit],
        })
    }

    /// The first `limit` of these events, or so many bytes of them, and what else of them is in the
    /// last one's commit.
    fn page(&self, chosen: impl Iterator<Item = usize>, limit: usize, bytes: usize) -> Page {
        let mut chosen = chosen.peekable();
        let mut page = PageBuilder::new();
        let mut last = None;
        while let Some(&next) = chosen.peek() {
            let commit = self.events[next].commit;
            let is_full = page.len() >= limit || page.payload_bytes() >= bytes;
            if is_full
                && let Some(last) = last
                && last != commit
            {
                return page.finish(end_of(&self.commits[last]), false);
            }
            self.add(&mut page, next);
            last = Some(commit);
            chosen.next();
        }
        page.finish(self.head(), true)
    }

    fn add(&self, page: &mut PageBuilder, index: usize) {
        let Stored {
            event,
            version,
            commit,
        } = &self.events[index];
        let stream = page.stream(event.stream.clone());
        let commit = page.commit(Arc::clone(&self.commits[*commit]));
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
}
