//! Visiting the events of one stream in the store, without copies.

use std::any::Any;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::page::Page;
use super::page_index::TypeIndex;
use super::revision::Revision;
use super::stored_event::StoredEvent;
use super::visit::{VisitEnd, VisitError};
use crate::codec::{Codec, PayloadContext};
use crate::panic;
use crate::values::payload::PayloadDebug;
use crate::values::{Position, StreamId};

/// A visitor of the events of one stream, each borrowed from the store. The events are not copied into a page,
/// and their commits are not looked up.
///
/// The store calls it on one of its threads, inside of a read transaction. So it must not block, and must not
/// use the store.
///
/// ```
/// use std::any::Any;
/// use std::ops::ControlFlow;
/// use eventsource_core::store::{ReadStream, StreamEvent, StreamVisitor};
/// # use eventsource_core::{MemoryStore, StreamId, StreamStore};
/// # use eventsource_core::uuid::Uuid;
///
/// #[derive(Default)]
/// struct Bytes(usize);
///
/// impl StreamVisitor for Bytes {
///     fn visit(&mut self, event: &StreamEvent<'_>) -> ControlFlow<()> {
///         self.0 += event.payload.len();
///         ControlFlow::Continue(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::nil()));
/// let read = ReadStream::forward(cart, 0);
/// let visited = store.visit_stream(read, Box::new(Bytes::default())).await?;
/// let visitor: Box<dyn Any> = visited.visitor;
/// let bytes = visitor.downcast::<Bytes>().expect("the store returns the same visitor");
/// println!("{} bytes up to {:?}", bytes.0, visited.last);
/// # Ok(()) }
/// ```
pub trait StreamVisitor: Any + Send {
    /// Visits the next event. On `Break`, no further event is visited, and this one does not count as visited.
    fn visit(&mut self, event: &StreamEvent<'_>) -> ControlFlow<()>;
}

/// An event for a [`StreamVisitor`], without its commit and tags, which the fold of a state does not use.
/// [`StreamStore::read_stream`](super::StreamStore::read_stream) reads them.
///
/// ```
/// use eventsource_core::Revision;
/// use eventsource_core::store::StreamEvent;
///
/// /// Whether an event is the next one of a stream.
/// fn is_next(event: &StreamEvent<'_>, revision: Revision) -> bool {
///     event.version == revision.version() + 1
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StreamEvent<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The version of the event in its stream, from 1.
    pub version: u64,
    /// The position of the event in the store.
    pub position: Position,
    /// The stored name.
    pub name: &'a str,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
    /// The payload.
    pub payload: &'a [u8],
    /// The index of the type in the visit, and the shared name.
    pub(crate) interned: Option<(TypeIndex, &'a Arc<str>)>,
}

impl<'a> StreamEvent<'a> {
    /// The context in which the payload is read.
    #[must_use]
    pub fn context(&self) -> PayloadContext<'a> {
        PayloadContext::new(self.stream, self.name, self.schema, self.codec)
    }
}

impl<'a> From<&StoredEvent<'a>> for StreamEvent<'a> {
    fn from(event: &StoredEvent<'a>) -> Self {
        Self {
            stream: event.stream,
            version: event.version,
            position: event.position,
            name: event.name,
            schema: event.schema,
            codec: event.codec,
            payload: event.payload,
            interned: event.interned,
        }
    }
}

impl fmt::Debug for StreamEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamEvent")
            .field("stream", self.stream)
            .field("version", &self.version)
            .field("position", &self.position)
            .field("name", &self.name)
            .field("schema", &self.schema)
            .field("codec", &self.codec)
            .field("payload", &PayloadDebug(self.payload))
            .finish()
    }
}

/// The result of a visit of a stream. [`StreamVisitor`] has an example.
///
/// [Example](crate::store#example).
#[non_exhaustive]
pub struct StreamVisited {
    /// The visitor.
    pub visitor: Box<dyn StreamVisitor>,
    /// The revision after the last visited event; `None` if no event was visited.
    pub last: Option<Revision>,
    /// The end of the log when the stream was read.
    pub head: Position,
    /// The reason why the visit ended; [`Head`](VisitEnd::Head) if the stream has no further event.
    pub end: VisitEnd,
}

impl StreamVisited {
    /// Visits the events of a page of a stream, for stores without a faster way.
    ///
    /// # Errors
    ///
    /// [`VisitError::Panicked`].
    pub fn of_page(page: &Page, mut visitor: Box<dyn StreamVisitor>) -> Result<Self, VisitError> {
        let (mut last, mut end) = (None, VisitEnd::Limit);
        if page.is_complete() {
            end = VisitEnd::Head;
        }
        for event in page.events() {
            let position = event.position;
            let visited = panic::caught(|| visitor.visit(&StreamEvent::from(&event)));
            let visited = visited.map_err(|message| VisitError::Panicked { position, message })?;
            if visited.is_break() {
                end = VisitEnd::Stopped;
                break;
            }
            last = Some(event.revision());
        }
        Ok(Self {
            visitor,
            last,
            head: page.through().position(),
            end,
        })
    }
}

impl fmt::Debug for StreamVisited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamVisited")
            .field("last", &self.last)
            .field("head", &self.head)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
