//! Visiting events in the store, without copies.

use std::any::Any;
use std::ops::ControlFlow;

use super::error::{ReadError, StoreError, StoreErrorKind};
use super::event_log::EventLog;
use super::horizon::Horizon;
use super::page::Page;
use super::read_log::ReadLog;
use super::stored_event::StoredEvent;
use crate::panic;
use crate::values::Position;

/// A visitor of the events of a log, each borrowed from the store. The events are not copied into a page.
///
/// The store calls it on one of its threads, inside of a read transaction, or while appends wait. So it must
/// not block, and must not use the store.
///
/// ```
/// use std::ops::ControlFlow;
/// use eventsource_core::store::{ReadLog, StoredEvent, Visitor, visit_all};
/// # use eventsource_core::{MemoryStore, Query};
///
/// #[derive(Default)]
/// struct Bytes(usize);
///
/// impl Visitor for Bytes {
///     fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
///         self.0 += event.payload.len();
///         ControlFlow::Continue(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new();
/// let (bytes, through) = visit_all(&store, ReadLog::new(Query::all()), Bytes::default()).await?;
/// println!("{} bytes up to {through}", bytes.0);
/// # Ok(()) }
/// ```
pub trait Visitor: Any + Send {
    /// Visits the next event. On `Break`, no further event is visited, and the commit of this one does not count
    /// as visited.
    fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()>;
}

/// The result of a visit.
///
/// [Example](crate::store#example).
#[non_exhaustive]
pub struct Visited {
    /// The visitor.
    pub visitor: Box<dyn Visitor>,
    /// The end of the visit: every match up to here was visited. The next visit starts after it.
    pub through: Horizon,
    /// The reason why the visit ended.
    pub end: VisitEnd,
}

/// The reason why a visit ended.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VisitEnd {
    /// No further event matched.
    Head,
    /// The limit of a page or a transaction was reached.
    Limit,
    /// The visitor stopped the visit.
    Stopped,
}

/// The error of a visit. The visitor is lost.
///
/// [Example](crate::store#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VisitError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The visitor panicked.
    #[error("the visitor panicked over the event at position {position}: {message}")]
    Panicked {
        /// The position of the event.
        position: Position,
        /// The text of the panic.
        message: String,
    },
}

impl Visited {
    /// Visits the events of a page that was read after a horizon, for stores without a faster way.
    ///
    /// # Errors
    ///
    /// [`VisitError::Panicked`].
    pub fn of_page(
        page: &Page,
        after: Horizon,
        mut visitor: Box<dyn Visitor>,
    ) -> Result<Self, VisitError> {
        // The end of the last visited event, and the end of the last commit before its own.
        let mut event_end = after;
        let mut commit_end = after;
        // Adjacent commits may have the same id, if they start in different streams.
        let mut first = None;
        for event in page.events() {
            let position = event.position;
            if first.replace(event.commit.first) != Some(event.commit.first) {
                commit_end = event_end;
            }
            let visited = panic::caught(|| visitor.visit(&event));
            let visited = visited.map_err(|message| VisitError::Panicked { position, message })?;
            if visited.is_break() {
                return Ok(Self::new(visitor, commit_end, VisitEnd::Stopped));
            }
            event_end = event.horizon();
        }
        let end = if page.is_complete() {
            VisitEnd::Head
        } else {
            VisitEnd::Limit
        };
        Ok(Self::new(visitor, page.through(), end))
    }

    pub(crate) fn new(visitor: Box<dyn Visitor>, through: Horizon, end: VisitEnd) -> Self {
        Self {
            visitor,
            through,
            end,
        }
    }
}

impl std::fmt::Debug for Visited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visited")
            .field("through", &self.through)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Visits all events that a read matches, up to the head or until the visitor stops, and returns the visitor
/// with its horizon. The limits of the read apply to each transaction, not to the whole visit.
///
/// [Example](crate::store#example).
///
/// # Errors
///
/// [`VisitError`]; a store that makes no progress is [`Corrupt`](StoreErrorKind).
///
/// # Panics
///
/// If the store returns another visitor.
pub async fn visit_all<V: Visitor>(
    log: &dyn EventLog,
    mut read: ReadLog,
    visitor: V,
) -> Result<(V, Horizon), VisitError> {
    let mut visitor: Box<dyn Visitor> = Box::new(visitor);
    loop {
        let visited = log.visit(read.clone(), visitor).await?;
        if visited.end != VisitEnd::Limit {
            let visitor: Box<dyn Any> = visited.visitor;
            let visitor = visitor.downcast::<V>();
            let visitor = visitor.expect("a store returns the visitor that it was called with");
            return Ok((*visitor, visited.through));
        }
        check_progress(read.start, visited.through)?;
        (visitor, read.start) = (visited.visitor, visited.through);
    }
}

/// Checks that a visit makes progress, so that it is not repeated endlessly.
fn check_progress(after: Horizon, through: Horizon) -> Result<(), ReadError> {
    if through.position().offset() > after.position().offset() {
        return Ok(());
    }
    let message = format!(
        "the store is damaged: a visit after position {} ends at position {}; verify the store, and \
        restore a backup",
        after.position(),
        through.position()
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, message).into())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::codec::Codec;
    use crate::memory::MemoryStore;
    use crate::store::{Commit, NewEvent, Query, StreamStore};
    use crate::values::StreamId;

    struct StopsAt(u64);

    impl Visitor for StopsAt {
        fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
            if event.position.offset().get() == self.0 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }

    #[tokio::test]
    async fn a_visit_that_is_stopped_counts_a_commit_before_it_that_has_the_same_id() {
        let (store, id) = (MemoryStore::new(), Uuid::now_v7());
        for _ in 0..2 {
            let stream = StreamId::new("cart", Uuid::now_v7());
            let event = || NewEvent::new(stream.clone(), "opened", 1, Codec::Json, b"{}".to_vec());
            let commit = Commit::new(id, vec![event(), event()]);
            store.append(commit).await.unwrap();
        }
        let page = store.read(ReadLog::new(Query::all())).await.unwrap();
        for (stop, through) in [(1, 0), (2, 0), (3, 2), (4, 2)] {
            let visitor = Box::new(StopsAt(stop));
            let visited = Visited::of_page(&page, Horizon::START, visitor).unwrap();
            assert_eq!(visited.through.position().offset().get(), through);
            assert_eq!(visited.end, VisitEnd::Stopped);
        }
    }
}
