//! Queries and filters.

use std::borrow::Cow;

use super::stored_event::StoredEvent;
use super::tags::Tags;
use crate::values::{StreamId, Tag, TagKeyError, is_same_name};

/// A query: the events that match at least one filter, or all events if there is no filter. Reads,
/// subscriptions and expectations use it.
///
/// ```
/// use eventsource_core::{Filter, Query, Tag};
///
/// let of_ann = Filter::new().category("course").tag(Tag::new("student", "ann"));
/// let closed = Filter::new().name("course.closed");
/// let query = Query::any([of_ann, closed]).in_tenant("acme");
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Query {
    /// The tenant; `None` for all tenants.
    pub tenant: Option<Cow<'static, str>>,
    /// The filters, of which an event must match at least one.
    pub filters: Vec<Filter>,
}

impl Query {
    /// The query for every event of the store, of all tenants.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The query for events that match at least one of the filters.
    pub fn any(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self {
            tenant: None,
            filters: filters.into_iter().collect(),
        }
    }

    /// Sets the tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Checks that the keys of the tags are valid. Every store does this before it reads.
    ///
    /// # Errors
    ///
    /// [`TagKeyError`], if the key of a tag is invalid.
    pub fn check(&self) -> Result<(), TagKeyError> {
        let mut tags = self.filters.iter().flat_map(|filter| &filter.tags);
        tags.try_for_each(Tag::check)
    }

    /// Whether an event matches.
    #[must_use]
    pub fn matches(&self, event: &StoredEvent<'_>) -> bool {
        self.matches_event(event.stream, event.name, event.tags)
    }

    /// Whether an event of this stream with this stored name and these tags matches.
    #[must_use]
    pub fn matches_event(&self, stream: &StreamId, name: &str, tags: Tags<'_>) -> bool {
        let is_of_tenant = |tenant: &Cow<'_, str>| is_same_name(tenant, stream.tenant());
        let matches = |filter: &Filter| filter.matches(stream, name, tags);
        self.tenant.as_ref().is_none_or(is_of_tenant)
            && (self.filters.is_empty() || self.filters.iter().any(matches))
    }
}

impl From<Filter> for Query {
    fn from(filter: Filter) -> Self {
        Self::any([filter])
    }
}

/// A filter: events of any of these categories, with any of these names, and with all of these tags. An empty
/// list matches every event.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Filter {
    /// The categories, of which an event must have one.
    pub categories: Vec<Cow<'static, str>>,
    /// The stored names, of which an event must have one.
    pub names: Vec<Cow<'static, str>>,
    /// The tags, all of which an event must have.
    pub tags: Vec<Tag>,
}

impl Filter {
    /// Creates a filter that matches every event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a category. An event must have one of the categories.
    #[must_use]
    pub fn category(mut self, category: impl Into<Cow<'static, str>>) -> Self {
        self.categories.push(category.into());
        self
    }

    /// Adds a stored name. An event must have one of the names.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Adds a tag. An event must have all of the tags.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    fn matches(&self, stream: &StreamId, name: &str, tags: Tags<'_>) -> bool {
        let any =
            |of: &[Cow<'_, str>], value: &str| of.is_empty() || of.iter().any(|it| it == value);
        any(&self.categories, stream.category())
            && any(&self.names, name)
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}
