//! Folding a stream where it is stored.

use std::any::Any;
use std::ops::ControlFlow;

use eventsource_core::store::{
    Freshness, Page, ReadStream, StreamEvent, StreamVisited, StreamVisitor, VisitEnd, VisitError,
};
use eventsource_core::{Position, ReadError, Revision, StreamId};

use super::Store;
use super::support::{append, cart, commit, event};

/// The part of an event that a visitor sees.
#[derive(Debug, PartialEq)]
struct Shown {
    stream: StreamId,
    version: u64,
    position: Position,
    name: String,
    payload: Vec<u8>,
}

impl From<StreamEvent<'_>> for Shown {
    fn from(event: StreamEvent<'_>) -> Self {
        Self {
            stream: event.stream.clone(),
            version: event.version,
            position: event.position,
            name: event.name.to_owned(),
            payload: event.payload.to_vec(),
        }
    }
}

/// A visitor that keeps what it is shown.
#[derive(Default)]
struct Kept {
    shown: Vec<Shown>,
    /// The number of events after which it stops at the next one.
    stop_after: Option<usize>,
}

impl StreamVisitor for Kept {
    fn visit(&mut self, event: &StreamEvent<'_>) -> ControlFlow<()> {
        if self.stop_after == Some(self.shown.len()) {
            return ControlFlow::Break(());
        }
        self.shown.push(Shown::from(*event));
        ControlFlow::Continue(())
    }
}

/// One visit, with what was shown.
async fn visit(store: &Store, read: &ReadStream, kept: Kept) -> (Vec<Shown>, StreamVisited) {
    let visited = store.visit_stream(read.clone(), Box::new(kept)).await;
    let mut visited = visited.unwrap();
    let visitor = std::mem::replace(&mut visited.visitor, Box::new(Kept::default()));
    let kept: Box<dyn Any> = visitor;
    let kept = kept.downcast::<Kept>().expect("it is the same visitor");
    (kept.shown, visited)
}

fn of_page(page: &Page) -> Vec<Shown> {
    let events = page.events();
    events
        .map(|event| Shown::from(StreamEvent::from(&event)))
        .collect()
}

/// Reads of every size from every version, in both directions, end where pages of them do, at the same
/// revision.
pub(super) async fn a_visitor_of_a_stream_is_shown_what_its_pages_hold(store: Store) {
    let (a, b) = (cart(), cart());
    for count in [1, 3, 2] {
        append(&store, &a, count).await;
        let mut rare = event(&b, "rare");
        rare.name = "cart.rare".into();
        for new in [event(&a, "a"), rare, event(&b, "b")] {
            store.append(commit(vec![new])).await.unwrap();
        }
    }
    for stream in [a, b, cart()] {
        let forward = (0..10).map(|version| ReadStream::forward(stream.clone(), version));
        let backward = (0..10).map(|version| ReadStream::backward(stream.clone(), version));
        for read in forward.chain(backward) {
            for limit in [1, 2, 3, 7, usize::MAX] {
                let read = read.clone().limit(limit);
                let page = store.read_stream(read.clone()).await.unwrap();
                let (shown, visited) = visit(&store, &read, Kept::default()).await;
                assert_eq!(shown, of_page(&page), "{read:?}");
                let last = page.last().map(|event| event.revision());
                assert_eq!(visited.last, last, "{read:?}");
                let is_complete = visited.end == VisitEnd::Head;
                assert_eq!(is_complete, page.is_complete(), "{read:?}");
            }
        }
    }
}

/// The revision is that of the last event that was taken.
pub(super) async fn a_visitor_of_a_stream_that_stops_has_visited_the_events_before(store: Store) {
    let stream = cart();
    append(&store, &stream, 2).await;
    append(&store, &stream, 3).await;
    let read = ReadStream::forward(stream, 0);
    let page = store.read_stream(read.clone()).await.unwrap();
    let revisions: Vec<Revision> = page.events().map(|event| event.revision()).collect();
    for stop_after in 0..5 {
        let kept = Kept {
            stop_after: Some(stop_after),
            ..Kept::default()
        };
        let (shown, visited) = visit(&store, &read, kept).await;
        assert_eq!((shown.len(), visited.end), (stop_after, VisitEnd::Stopped));
        let last = stop_after.checked_sub(1).map(|last| revisions[last]);
        assert_eq!(visited.last, last, "after {stop_after} events");
    }
}

/// A visitor that panics.
struct Panicking;

impl StreamVisitor for Panicking {
    fn visit(&mut self, _: &StreamEvent<'_>) -> ControlFlow<()> {
        panic!("out of tea")
    }
}

/// The store is as it was.
pub(super) async fn a_panic_of_a_visitor_of_a_stream_is_an_error(store: Store) {
    let stream = cart();
    let receipt = append(&store, &stream, 2).await;
    let read = ReadStream::forward(stream.clone(), 0);
    for _ in 0..20 {
        match store.visit_stream(read.clone(), Box::new(Panicking)).await {
            Err(VisitError::Panicked { position, message }) => {
                assert_eq!((position, &*message), (receipt.first, "out of tea"));
            }
            other => panic!("the visitor panicked, and the visit is {other:?}"),
        }
    }
    append(&store, &stream, 1).await;
    assert_eq!(visit(&store, &read, Kept::default()).await.0.len(), 3);
}

pub(super) async fn a_visit_of_a_stream_is_as_new_as_it_is_asked_for(store: Store) {
    let stream = cart();
    let receipt = append(&store, &stream, 2).await;
    let read = ReadStream::forward(stream, 0);
    let now = read.clone().freshness(Freshness::AtLeast(receipt.last));
    assert_eq!(
        visit(&store, &now, Kept::default()).await.1.head,
        receipt.last
    );
    let later = Position::new(receipt.last.offset().get() + 1).in_log(receipt.last.log());
    let read = read.freshness(Freshness::AtLeast(later));
    let refused = store.visit_stream(read, Box::new(Kept::default())).await;
    assert!(
        matches!(refused, Err(VisitError::Read(ReadError::BeyondHead { .. }))),
        "{refused:?}"
    );
}
