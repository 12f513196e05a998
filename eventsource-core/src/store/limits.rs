//! How large things may be.

use super::commit::{Commit, Expect};
use super::error::AppendError;
use super::new_event::NewEvent;
use super::query::Query;
use crate::values::{StreamId, Tag};

/// How large what a store takes may be. By default the same for every store, so that the content
/// of one fits any other.
///
/// ```
/// use eventsource_core::{EventStore, MemoryStore};
///
/// assert_eq!(MemoryStore::new().limits().commit_bytes, 900 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// A commit: payloads, names, tags and metadata, in bytes.
    pub commit_bytes: usize,
    /// Events in a commit.
    pub commit_events: usize,
    /// Expectations of a commit.
    pub expectations: usize,
    /// Tags of one event.
    pub tags: usize,
    /// A tenant, a category, a stored name or a tag, in bytes.
    pub name_bytes: usize,
}

impl Limits {
    /// What every store takes.
    pub const DEFAULT: Self = Self {
        commit_bytes: 900 * 1024,
        commit_events: 10_000,
        expectations: 100,
        tags: 32,
        name_bytes: 255,
    };

    /// Whether a commit is well-formed and keeps the limits: what every store asks first.
    ///
    /// # Errors
    ///
    /// [`AppendError::Limit`] and [`AppendError::Invalid`].
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
        at_most(
            "expectations of the commit",
            commit.expect.len(),
            self.expectations,
        )?;
        commit
            .events
            .iter()
            .try_for_each(|event| self.check_event(event))?;
        commit
            .expect
            .iter()
            .try_for_each(|expect| self.check_expectation(expect))?;
        at_most("bytes in the commit", size(commit), self.commit_bytes)
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
            Expect::NoneMatch { query, .. } => self.check_query(query),
        }
    }

    fn check_query(&self, query: &Query) -> Result<(), AppendError> {
        let tags: usize = query.filters.iter().map(|filter| filter.tags.len()).sum();
        at_most("filters of a query", query.filters.len(), self.expectations)?;
        at_most("tags of a query", tags, self.expectations)?;
        Ok(query.check()?)
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
        // Nearly every name, and this is asked for each event that is stored.
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

fn at_most(what: &'static str, size: usize, limit: usize) -> Result<(), AppendError> {
    if size <= limit {
        Ok(())
    } else {
        Err(AppendError::Limit { what, size, limit })
    }
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

/// What the commit comes to on a wire that writes every name out.
fn size(commit: &Commit) -> usize {
    let event = |event: &NewEvent| {
        let tags: usize = event.tags.iter().map(|tag| tag.as_str().len()).sum();
        let stream = event.stream.tenant().len() + event.stream.category().len() + 16;
        event.payload.len() + event.name.len() + tags + stream
    };
    let metadata = &commit.metadata;
    let texts: usize = metadata.texts().into_iter().flatten().map(str::len).sum();
    let entries: usize = metadata
        .entries
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    commit.events.iter().map(event).sum::<usize>() + texts + entries
}
