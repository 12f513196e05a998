//! Visits that end at the wrong event, or do not end.

use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

use eventsource_core::store::{
    BoxFuture, Commit, Freshness, ReadLog, ReadStream, StoredEvent, StreamVisited, StreamVisitor,
    VisitEnd, VisitError, Visited, Visitor,
};
use eventsource_core::{AppendError, EventLog, Horizon, MemoryStore, Receipt, StreamStore};

use crate::faulty::Fault;
use crate::verdict::fails;

/// Notes the last event that the visitor was shown.
struct Noting {
    visitor: Option<Box<dyn Visitor>>,
    last: Option<Horizon>,
}

impl Visitor for Noting {
    fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
        self.last = Some(event.horizon());
        self.visitor.as_mut().expect("it is there").visit(event)
    }
}

async fn noted(
    right: &MemoryStore,
    read: ReadLog,
    visitor: Box<dyn Visitor>,
) -> Result<(Visited, Option<Horizon>), VisitError> {
    let noting = Noting {
        visitor: Some(visitor),
        last: None,
    };
    let mut visited = right.visit(read, Box::new(noting)).await?;
    let noting: Box<dyn Any> = visited.visitor;
    let noting = noting.downcast::<Noting>().expect("it is the same");
    visited.visitor = noting.visitor.expect("it is there");
    Ok((visited, noting.last))
}

/// The event at which a visitor stops counts as visited, and with it the rest of its commit.
#[derive(Clone)]
struct CountsStopped;

impl Fault for CountsStopped {
    fn visit<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'a, Result<Visited, VisitError>> {
        Box::pin(async move {
            let (mut visited, last) = noted(right, read, visitor).await?;
            if visited.end == VisitEnd::Stopped {
                visited.through = last.unwrap_or(visited.through);
            }
            Ok(visited)
        })
    }
}

#[test]
fn the_commit_at_which_a_visitor_stops_counts() {
    fails(
        || CountsStopped,
        &["a_visitor_that_stops_has_visited_the_commits_before"],
    );
}

/// The horizon of the read is taken for a position of this history.
#[derive(Clone)]
struct BelievesHorizon;

impl Fault for BelievesHorizon {
    fn visit<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'a, Result<Visited, VisitError>> {
        let after = Horizon::unchecked(read.start.position());
        right.visit(read.after(after), visitor)
    }
}

#[test]
fn a_visit_does_not_compare_its_horizon() {
    fails(
        || BelievesHorizon,
        &["a_visit_after_another_history_is_refused"],
    );
}

/// One lock is held until all is visited.
#[derive(Clone, Default)]
struct HoldsAppends(Arc<tokio::sync::Mutex<()>>);

impl Fault for HoldsAppends {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let _guard = self.0.lock().await;
            right.append(commit).await
        })
    }

    fn visit<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'a, Result<Visited, VisitError>> {
        Box::pin(async move {
            let _guard = self.0.lock().await;
            let after = read.start;
            let page = right.read(read).await?;
            Visited::of_page(&page, after, visitor)
        })
    }
}

#[test]
fn a_visit_holds_a_lock_until_all_is_visited() {
    fails(
        HoldsAppends::default,
        &["appends_do_not_wait_for_a_slow_visitor"],
    );
}

/// The end of what was read counts as the end of what was visited.
#[derive(Clone)]
struct CountsAllOfStream;

impl Fault for CountsAllOfStream {
    fn visit_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'a, Result<StreamVisited, VisitError>> {
        Box::pin(async move {
            let page = right.read_stream(read).await?;
            let mut visited = StreamVisited::of_page(&page, visitor)?;
            visited.last = page.last().map(|event| event.revision());
            Ok(visited)
        })
    }
}

#[test]
fn the_revision_of_a_visit_that_stops_is_that_of_the_stream() {
    fails(
        || CountsAllOfStream,
        &["a_visitor_of_a_stream_that_stops_has_visited_the_events_before"],
    );
}

/// A visit of a stream reads what is there, however old that is.
#[derive(Clone)]
struct VisitsAnything;

impl Fault for VisitsAnything {
    fn visit_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
        visitor: Box<dyn StreamVisitor>,
    ) -> BoxFuture<'a, Result<StreamVisited, VisitError>> {
        right.visit_stream(read.freshness(Freshness::Any), visitor)
    }
}

#[test]
fn a_visit_of_a_stream_ignores_its_freshness() {
    fails(
        || VisitsAnything,
        &["a_visit_of_a_stream_is_as_new_as_it_is_asked_for"],
    );
}
