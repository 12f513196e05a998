//! Metadata of commits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

/// The metadata of a commit. They are stored once for each commit, as plain text, so they must not contain
/// personal data.
///
/// ```
/// use eventsource_core::Metadata;
///
/// let metadata = Metadata::new().actor("clerk 7").reason("stock-taking").entry("till", "3");
/// assert_eq!(metadata.actor.as_deref(), Some("clerk 7"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[doc(alias("actor", "causation id", "correlation id", "header"))]
pub struct Metadata {
    /// The person or program that caused the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The principal on whose behalf the actor acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// The reason of the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The correlation id, shared by all commits of one request or business process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The causation id: the message, command or commit that directly caused this commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub causation: Option<String>,
    /// The `traceparent` of W3C Trace Context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The time at which the events happened, set by the caller. (The store sets the time at which they were
    /// recorded.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Any other entries.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<String, String>,
}

impl Metadata {
    /// Creates empty metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the person or program that caused the commit.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Sets the principal on whose behalf the actor acted.
    #[must_use]
    pub fn on_behalf_of(mut self, principal: impl Into<String>) -> Self {
        self.on_behalf_of = Some(principal.into());
        self
    }

    /// Sets the reason of the commit.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Sets the correlation id.
    #[must_use]
    pub fn correlation(mut self, id: impl Into<String>) -> Self {
        self.correlation = Some(id.into());
        self
    }

    /// Sets the causation id.
    #[must_use]
    pub fn causation(mut self, id: impl Into<String>) -> Self {
        self.causation = Some(id.into());
        self
    }

    /// Sets the `traceparent` of W3C Trace Context.
    #[must_use]
    pub fn traceparent(mut self, traceparent: impl Into<String>) -> Self {
        self.traceparent = Some(traceparent.into());
        self
    }

    /// Sets the time at which the events happened.
    #[must_use]
    pub fn occurred_at(mut self, time: impl Into<Timestamp>) -> Self {
        self.occurred_at = Some(time.into());
        self
    }

    /// Adds an entry. An entry with the same key is replaced.
    #[must_use]
    pub fn entry(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.entries.insert(key.into(), value.into());
        self
    }

    /// Whether there are no metadata.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The text fields, in an order that never changes.
    pub(crate) fn texts(&self) -> [Option<&str>; 6] {
        let texts = [
            &self.actor,
            &self.on_behalf_of,
            &self.reason,
            &self.correlation,
            &self.causation,
            &self.traceparent,
        ];
        texts.map(Option::as_deref)
    }
}
