//! Folding events where they are stored.

use std::any::Any;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use eventsource_core::store::{ReadLog, StoredEvent, VisitEnd, VisitError, Visitor, visit_all};
use eventsource_core::{Filter, Horizon, Query, ReadError};
use uuid::Uuid;

use super::Store;
use super::support::{Seen, append, cart, commit, event, events, read_all};

/// A visitor that keeps what it is shown.
#[derive(Default)]
struct Kept {
    seen: Vec<Seen>,
    /// The number of events after which it stops at the next one.
    stop_after: Option<usize>,
}

impl Visitor for Kept {
    fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
        if self.stop_after == Some(self.seen.len()) {
            return ControlFlow::Break(());
        }
        self.seen.push(Seen::from(*event));
        ControlFlow::Continue(())
    }
}

/// One visit, with what was shown.
async fn visit(store: &Store, read: ReadLog, kept: Kept) -> (Vec<Seen>, Horizon, VisitEnd) {
    let visited = store.visit(read, Box::new(kept)).await.unwrap();
    let kept: Box<dyn Any> = visited.visitor;
    let kept = kept.downcast::<Kept>().expect("it is the same visitor");
    (kept.seen, visited.through, visited.end)
}

async fn visit_to_the_head(store: &Store, query: &Query, limit: usize) -> (Vec<Seen>, Horizon) {
    let read = ReadLog::new(query.clone()).limit(limit);
    let (kept, through) = visit_all(&**store, read, Kept::default()).await.unwrap();
    (kept.seen, through)
}

/// All of each event, of everything and of what a query matches, in visits of every size.
pub(super) async fn a_visitor_is_shown_what_pages_hold(store: Store) {
    let (a, b) = (cart(), cart());
    for count in 1..6 {
        append(&store, &a, count).await;
        let mut rare = event(&b, "rare");
        rare.name = "cart.rare".into();
        store
            .append(commit(vec![event(&b, "b"), rare]))
            .await
            .unwrap();
    }
    let rare = Query::from(Filter::new().name("cart.rare"));
    let none = Query::from(Filter::new().name("none"));
    for query in [Query::all(), rare, none] {
        let pages = read_all(&store, &query, 1_000).await;
        for limit in [1, 2, 3, 7, usize::MAX] {
            let (seen, through) = visit_to_the_head(&store, &query, limit).await;
            assert_eq!(seen, pages, "visits of {limit}");
            let head = store.head().await.unwrap();
            assert_eq!(through.position(), head.position());
        }
    }
}

/// A visit reads on where the one before has ended, and shows no part of a commit.
pub(super) async fn a_visit_ends_where_a_commit_ends(store: Store) {
    let receipts = [
        append(&store, &cart(), 3).await,
        append(&store, &cart(), 3).await,
    ];
    let read = ReadLog::new(Query::all()).limit(1);
    let (seen, through, end) = visit(&store, read.clone(), Kept::default()).await;
    assert_eq!((seen.len(), end), (3, VisitEnd::Limit));
    assert_eq!(through.position(), receipts[0].last);
    let (seen, through, end) = visit(&store, read.after(through), Kept::default()).await;
    assert_eq!((seen.len(), end), (3, VisitEnd::Head));
    assert_eq!(through.position(), receipts[1].last);
}

/// The commit at which a visitor stops is shown again, whole, by the next visit.
pub(super) async fn a_visitor_that_stops_has_visited_the_commits_before(store: Store) {
    let first = append(&store, &cart(), 2).await;
    append(&store, &cart(), 3).await;
    for (stop_after, through) in [
        (0, Horizon::START),
        (1, Horizon::START),
        (2, first.horizon()),
        (4, first.horizon()),
    ] {
        let kept = Kept {
            stop_after: Some(stop_after),
            ..Kept::default()
        };
        let read = ReadLog::new(Query::all());
        let (seen, visited, end) = visit(&store, read.clone(), kept).await;
        assert_eq!((seen.len(), end), (stop_after, VisitEnd::Stopped));
        assert_eq!(visited, through, "after {stop_after} events");
        let (rest, _, end) = visit(&store, read.after(visited), Kept::default()).await;
        let visited = if through == Horizon::START { 5 } else { 3 };
        assert_eq!((rest.len(), end), (visited, VisitEnd::Head));
    }
}

/// A visitor that panics.
struct Panicking;

impl Visitor for Panicking {
    fn visit(&mut self, _: &StoredEvent<'_>) -> ControlFlow<()> {
        panic!("out of tea")
    }
}

/// The store is as it was.
pub(super) async fn a_panic_of_a_visitor_is_an_error(store: Store) {
    let receipt = append(&store, &cart(), 2).await;
    for _ in 0..20 {
        let read = ReadLog::new(Query::all());
        match store.visit(read, Box::new(Panicking)).await {
            Err(VisitError::Panicked { position, message }) => {
                assert_eq!((position, &*message), (receipt.first, "out of tea"));
            }
            other => panic!("the visitor panicked, and the visit is {other:?}"),
        }
    }
    append(&store, &cart(), 1).await;
    assert_eq!(
        visit_to_the_head(&store, &Query::all(), 100).await.0.len(),
        3
    );
}

pub(super) async fn a_visit_after_another_history_is_refused(store: Store) {
    let receipt = append(&store, &cart(), 2).await;
    let other = Horizon::new(receipt.last, Uuid::now_v7());
    let read = ReadLog::new(Query::all()).after(other);
    let refused = store.visit(read, Box::new(Kept::default())).await;
    assert!(
        matches!(
            refused,
            Err(VisitError::Read(ReadError::OtherHistory { .. }))
        ),
        "{refused:?}"
    );
}

/// A visitor that takes its time.
struct Slow;

/// For one event.
const SLOW: Duration = Duration::from_millis(10);

impl Visitor for Slow {
    fn visit(&mut self, _: &StoredEvent<'_>) -> ControlFlow<()> {
        std::thread::sleep(SLOW);
        ControlFlow::Continue(())
    }
}

/// An append that begins while a slow visitor works takes less than half of its time. A machine that
/// is busy has several tries.
pub(super) async fn appends_do_not_wait_for_a_slow_visitor(store: Store) {
    for new in events(&cart(), 80) {
        store.append(commit(vec![new])).await.unwrap();
    }
    let mut is_soon = false;
    for _ in 0..5 {
        is_soon |= is_appended_soon(&store).await;
    }
    assert!(is_soon, "appends wait until the visit ends");
}

async fn is_appended_soon(store: &Store) -> bool {
    let (visited, began) = (Store::clone(store), Instant::now());
    let visiting = tokio::task::spawn_blocking(move || {
        let read = ReadLog::new(Query::all());
        let runtime = tokio::runtime::Handle::current();
        runtime.block_on(visit_all(&*visited, read, Slow)).map(drop)
    });
    tokio::time::sleep(SLOW * 5).await; // until it has begun
    let append_began = Instant::now();
    append(store, &cart(), 1).await;
    let waited = append_began.elapsed();
    visiting.await.unwrap().unwrap();
    waited < began.elapsed() / 2
}
