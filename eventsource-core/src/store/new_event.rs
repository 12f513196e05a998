//! New events.

use std::borrow::Cow;

use crate::codec::Codec;
use crate::values::{Payload, StreamId, Tag};

/// A new event, to be stored.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewEvent {
    /// The stream to which it is appended.
    pub stream: StreamId,
    /// The stored name.
    pub name: Cow<'static, str>,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
    /// The payload.
    pub payload: Payload,
    /// The tags.
    pub tags: Vec<Tag>,
}

impl NewEvent {
    /// Creates an event without tags.
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

    /// Sets the tags.
    #[must_use]
    pub fn tagged(mut self, tags: Vec<Tag>) -> Self {
        self.tags = tags;
        self
    }
}
