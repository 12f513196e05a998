//! Size limits.

use std::collections::HashSet;

use super::commit::{Commit, Expect};
use super::error::{AppendError, ReadError, StoreError, StoreErrorKind};
use super::new_event::NewEvent;
use super::query::{Filter, Query};
use super::snapshot::Snapshot;
use crate::values::{StreamId, Tag, is_same_name};

/// The size limits of a store. The default is the same for every store, so the content of one store fits into
/// any other.
///
/// ```
/// use eventsource_core::{MemoryStore, Store};
///
/// assert_eq!(MemoryStore::new().limits().commit_bytes, 900 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The bytes of a commit: payloads, names, tags and metadata. Each event counts 16 bytes more, each tag 4,
    /// and each text of the metadata 8 (a key and its value are two texts).
    pub commit_bytes: usize,
    /// The events of a commit.
    pub commit_events: usize,
    /// The streams of a commit: those that it writes and those that it has an expectation of. It is also the
    /// limit of expectations of streams.
    pub streams: usize,
    /// The expectations of a commit that no event matches a query ([`Expect::NoneMatch`]): its guards.
    pub guards: usize,
    /// The filters of a guard, and the tags of all its filters.
    pub guard_filters: usize,
    /// The filters of a query.
    pub query_filters: usize,
    /// The tags of one filter.
    pub filter_tags: usize,
    /// The tags of all filters of a query.
    pub query_tags: usize,
    /// The names, categories and tags of all filters of a query.
    pub query_values: usize,
    /// The bytes of the state in a snapshot.
    pub snapshot_bytes: usize,
    /// The tags of one event.
    pub tags: usize,
    /// The bytes of a tenant, a category, a stored name or a tag.
    pub name_bytes: usize,
    /// The bytes of the name of a read model. With the suffixes that stores add, names of tables and views fit
    /// into the 63 bytes of `PostgreSQL`. Models are checked without a store, by
    /// [`DEFAULT`](Self::DEFAULT).
    pub model_name_bytes: usize,
    /// The bytes of the name of a key part: the limit of a column name in `PostgreSQL`, which truncates longer
    /// ones. It is checked by [`DEFAULT`](Self::DEFAULT).
    pub key_part_bytes: usize,
    /// The bytes of an encoded [`Key`](crate::Key) of a row. Keys are checked without a store, by
    /// [`DEFAULT`](Self::DEFAULT).
    pub key_bytes: usize,
}

impl Limits {
    /// The default limits, the same for every store.
    pub const DEFAULT: Self = Self {
        commit_bytes: 900 * 1024,
        commit_events: 10_000,
        streams: 256,
        guards: 16,
        guard_filters: 100,
        // SQLite allows 500 parts of a compound select, 1,000 levels of an expression (each filter and
        // each tag is one), 32,766 parameters, and a million bytes of SQL.
        query_filters: 400,
        filter_tags: 400,
        query_tags: 4_000,
        query_values: 32_000,
        snapshot_bytes: 768 * 1024,
        tags: 32,
        name_bytes: 255,
        model_name_bytes: 40,
        key_part_bytes: 63,
        key_bytes: 1_024,
    };

    /// Checks that a commit is well-formed and within the limits. Every store does this first.
    ///
    /// # Errors
    ///
    /// [`AppendError::Limit`], [`AppendError::Tenants`] and [`AppendError::Invalid`].
    pub fn check(&self, commit: &Commit) -> Result<(), AppendError> {
        if commit.events.is_empty() {
            return Err(AppendError::Invalid {
                reason: "a commit needs at least one event".into(),
            });
        }
        at_most(
            "events in the commit",
            commit.events.len(),
            self.commit_events,
        )?;
        let is_guard = |expect: &&Expect| matches!(expect, Expect::NoneMatch { .. });
        let guards = commit.expectations.iter().filter(is_guard).count();
        let of_streams = commit.expectations.len() - guards;
        at_most("guards of the commit", guards, self.guards)?;
        at_most("expectations of streams", of_streams, self.streams)?;
        at_most("streams of the commit", streams(commit), self.streams)?;
        check_tenants(commit)?;
        commit
            .events
            .iter()
            .try_for_each(|event| self.check_event(event))?;
        commit
            .expectations
            .iter()
            .try_for_each(|expect| self.check_expectation(expect))?;
        at_most("bytes in the commit", size(commit), self.commit_bytes)?;
        Ok(())
    }

    /// Checks that a query is valid and within the limits. Every store does this before a read. Guards of
    /// commits have these limits too.
    ///
    /// ```
    /// use eventsource_core::store::Limits;
    /// use eventsource_core::{Filter, Query, ReadError};
    ///
    /// let filters = vec![Filter::new().category("cart"); Limits::DEFAULT.query_filters + 1];
    /// let refused = Limits::DEFAULT.check_query(&Query::any(filters));
    /// assert!(matches!(refused, Err(ReadError::Limit { size: 401, limit: 400, .. })));
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReadError::Limit`], and [`StoreErrorKind::Unsupported`] for a tag that no event can have.
    pub fn check_query(&self, query: &Query) -> Result<(), ReadError> {
        self.check_size(query)?;
        query.check().map_err(StoreError::from)?;
        Ok(())
    }

    /// Checks that a snapshot is within the limits. Every store does this first.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Unsupported`], if its state is too large.
    pub fn check_snapshot(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let (size, limit) = (snapshot.state.len(), self.snapshot_bytes);
        if size <= limit {
            return Ok(());
        }
        let stream = &snapshot.stream;
        let message =
            format!("the snapshot of {stream} has {size} bytes, and at most {limit} are stored");
        Err(StoreError::new(StoreErrorKind::Unsupported, message))
    }

    fn check_event(&self, event: &NewEvent) -> Result<(), AppendError> {
        self.check_stream(&event.stream)?;
        self.check_name("stored name", &event.name)?;
        if event.schema == 0 {
            let reason = format!(
                "event `{}` has version 0; versions count from 1",
                event.name
            );
            return Err(AppendError::Invalid { reason });
        }
        at_most("tags of an event", event.tags.len(), self.tags)?;
        event.tags.iter().try_for_each(|tag| self.check_tag(tag))
    }

    fn check_expectation(&self, expect: &Expect) -> Result<(), AppendError> {
        match expect {
            Expect::NoStream(stream)
            | Expect::At { stream, .. }
            | Expect::AtVersion { stream, .. }
            | Expect::Follows { stream, .. } => self.check_stream(stream),
            Expect::NoneMatch { query, .. } => self.check_guard(query),
        }
    }

    fn check_guard(&self, query: &Query) -> Result<(), AppendError> {
        let (filters, limit) = (&query.filters, self.guard_filters);
        at_most("filters of a guard", filters.len(), limit)?;
        at_most("tags of a guard", tags(filters), limit)?;
        self.check_size(query)?;
        Ok(query.check()?)
    }

    fn check_size(&self, query: &Query) -> Result<(), Exceeded> {
        let filters = &query.filters;
        let values = |filter: &Filter| {
            let names = filter.names.len() + filter.categories.len();
            names + filter.tags.len()
        };
        at_most("filters of the query", filters.len(), self.query_filters)?;
        filters.iter().try_for_each(|filter| {
            at_most("tags of a filter", filter.tags.len(), self.filter_tags)
        })?;
        at_most("tags of the query", tags(filters), self.query_tags)?;
        let values: usize = filters.iter().map(values).sum();
        at_most(
            "names, categories and tags of the query",
            values,
            self.query_values,
        )?;
        texts(query).try_for_each(|text| at_most("bytes in a name", text.len(), self.name_bytes))
    }

    fn check_stream(&self, stream: &StreamId) -> Result<(), AppendError> {
        if !stream.tenant().is_empty() {
            self.check_name("tenant", stream.tenant())?;
        }
        self.check_name("category", stream.category())
    }

    fn check_tag(&self, tag: &Tag) -> Result<(), AppendError> {
        at_most("bytes in a tag", tag.as_str().len(), self.name_bytes)?;
        tag.check()?;
        no_control_character("tag", tag.as_str())
    }

    fn check_name(&self, what: &'static str, name: &str) -> Result<(), AppendError> {
        at_most("bytes in a name", name.len(), self.name_bytes)?;
        // This is the fast path for nearly all names, since every stored event is checked.
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        if name.is_empty() || name.contains(char::is_whitespace) {
            let reason = format!("{what} {name:?} is empty or has white space in it");
            return Err(AppendError::Invalid { reason });
        }
        no_control_character(what, name)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The error of a size above a limit.
struct Exceeded {
    what: &'static str,
    size: usize,
    limit: usize,
}

impl From<Exceeded> for AppendError {
    fn from(Exceeded { what, size, limit }: Exceeded) -> Self {
        Self::Limit { what, size, limit }
    }
}

impl From<Exceeded> for ReadError {
    fn from(Exceeded { what, size, limit }: Exceeded) -> Self {
        Self::Limit { what, size, limit }
    }
}

fn at_most(what: &'static str, size: usize, limit: usize) -> Result<(), Exceeded> {
    if size <= limit {
        Ok(())
    } else {
        Err(Exceeded { what, size, limit })
    }
}

/// The number of tags of these filters.
fn tags(filters: &[Filter]) -> usize {
    filters.iter().map(|filter| filter.tags.len()).sum()
}

/// The texts of a query, which have the same limit as those of events.
fn texts(query: &Query) -> impl Iterator<Item = &str> {
    let of_filters = query.filters.iter().flat_map(|filter| {
        let names = filter.names.iter().chain(&filter.categories);
        let tags = filter.tags.iter().map(Tag::as_str);
        names.map(|name| &**name).chain(tags)
    });
    query.tenant.as_deref().into_iter().chain(of_filters)
}

/// Checks that a commit and its expectations are within the tenant of its first event.
fn check_tenants(commit: &Commit) -> Result<(), AppendError> {
    let tenant = commit.events[0].stream.tenant();
    let same = |what, other: Option<&str>| {
        if other.is_some_and(|other| is_same_name(other, tenant)) {
            return Ok(());
        }
        Err(AppendError::Tenants {
            tenant: tenant.into(),
            what,
            other: other.map(Into::into),
        })
    };
    let mut events = commit.events.iter();
    events.try_for_each(|event| same("an event", Some(event.stream.tenant())))?;
    commit
        .expectations
        .iter()
        .try_for_each(|expect| match expect {
            Expect::NoneMatch { query, .. } => same("a guard", query.tenant.as_deref()),
            Expect::NoStream(stream)
            | Expect::At { stream, .. }
            | Expect::AtVersion { stream, .. }
            | Expect::Follows { stream, .. } => same("an expected stream", Some(stream.tenant())),
        })
}

fn no_control_character(what: &str, text: &str) -> Result<(), AppendError> {
    match text.find(char::is_control) {
        None => Ok(()),
        Some(at) => {
            let reason = format!("{what} {text:?} has a control character at byte {at}");
            Err(AppendError::Invalid { reason })
        }
    }
}

/// The bytes of a root id.
const ROOT_ID: usize = 16;
/// The bytes that an event, a tag and a text of the metadata count in addition to their content: for lengths,
/// a version and a codec.
const EVENT: usize = 16;
const TAG: usize = 4;
const TEXT: usize = 8;

/// The bytes of a commit in a format that repeats every name.
fn size(commit: &Commit) -> usize {
    let event = |event: &NewEvent| {
        let tags = event.tags.iter().map(|tag| tag.as_str().len() + TAG);
        let stream = event.stream.tenant().len() + event.stream.category().len() + ROOT_ID;
        event.payload.len() + event.name.len() + tags.sum::<usize>() + stream + EVENT
    };
    let metadata = &commit.metadata;
    let entries = metadata.entries.iter();
    let entries = entries.flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let texts = metadata.texts().into_iter().flatten().chain(entries);
    let texts: usize = texts.map(|text| text.len() + TEXT).sum();
    commit.events.iter().map(event).sum::<usize>() + texts
}

/// The number of streams that a commit writes or has an expectation of.
fn streams(commit: &Commit) -> usize {
    let first = &commit.events[0].stream;
    let written = commit.events.iter().map(|event| &event.stream);
    let expected = commit.expectations.iter().filter_map(stream_of);
    // Most commits have one stream. For those this allocates nothing.
    let others = written.chain(expected).filter(|stream| *stream != first);
    1 + others.collect::<HashSet<_>>().len()
}

fn stream_of(expect: &Expect) -> Option<&StreamId> {
    match expect {
        Expect::NoStream(stream)
        | Expect::At { stream, .. }
        | Expect::AtVersion { stream, .. }
        | Expect::Follows { stream, .. } => Some(stream),
        Expect::NoneMatch { .. } => None,
    }
}
