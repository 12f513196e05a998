//! Which events.

use std::borrow::Cow;

use super::stored_event::StoredEvent;
use super::tags::Tags;
use crate::values::{StreamId, Tag, TagKeyError, is_same_name};

/// Which events of a store are meant: those that at least one filter lets through, or all of them
/// where there is no filter. The same for reads, subscriptions and expectations.
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
    /// In which tenant; `None` for every one.
    pub tenant: Option<Cow<'static, str>>,
    /// What an event must match one of.
    pub filters: Vec<Filter>,
}

impl Query {
    /// Every event of the store, of whichever tenant.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The events that at least one of the filters lets through.
    pub fn any(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self {
            tenant: None,
            filters: filters.into_iter().collect(),
        }
    }

    /// Only in this tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Whether events can have the tags that it names: what every store asks before it reads.
    ///
    /// # Errors
    ///
    /// [`TagKeyError`], where the key of a tag is invalid.
    pub fn check(&self) -> Result<(), TagKeyError> {
        let mut tags = self.filters.iter().flat_map(|filter| &filter.tags);
        tags.try_for_each(Tag::check)
    }

    /// Whether the event is meant.
    #[must_use]
    pub fn matches(&self, event: &StoredEvent<'_>) -> bool {
        self.matches_event(event.stream, event.name, event.tags)
    }

    /// Whether an event of this stream is meant that has this stored name and these tags.
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

/// Events of any of some categories, with any of some names, and with all of some tags. What is
/// left out, filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Filter {
    /// Any of these categories.
    pub categories: Vec<Cow<'static, str>>,
    /// Any of these stored names.
    pub names: Vec<Cow<'static, str>>,
    /// All of these tags.
    pub tags: Vec<Tag>,
}

impl Filter {
    /// Lets every event through.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also lets this category through.
    #[must_use]
    pub fn category(mut self, category: impl Into<Cow<'static, str>>) -> Self {
        self.categories.push(category.into());
        self
    }

    /// Also lets this stored name through.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Only lets events with this tag through.
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
