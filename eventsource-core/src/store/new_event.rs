//! Events that are to be stored.

use std::borrow::Cow;

use crate::codec::Codec;
use crate::values::{Payload, StreamId, Tag};

/// An event that is to be stored.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewEvent {
    /// To which stream it is added.
    pub stream: StreamId,
    /// The stored name.
    pub name: Cow<'static, str>,
    /// The version of the payload.
    pub schema: u32,
    /// How the payload is written.
    pub codec: Codec,
    /// The event.
    pub payload: Payload,
    /// By what it can be asked for.
    pub tags: Vec<Tag>,
}

impl NewEvent {
    /// An event without tags.
    pub fn new(
        stream: StreamId,
        name: impl Into<Cow<'static, str>>,
        schema: u32,
        codec: Codec,
        payload: impl Into<Payload>,
    ) -> Self {
        let (name, payload) = (name.into(), payload.into());
        Self {
            stream,
            name,
            schema,
            codec,
            payload,
            tags: Vec::new(),
        }
    }

    /// The same event with these tags.
    #[must_use]
    pub fn tagged(mut self, tags: Vec<Tag>) -> Self {
        self.tags = tags;
        self
    }
}
