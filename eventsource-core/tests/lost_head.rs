//! A log that was taken back behind a head of which its readers have heard. The known head never goes back, so
//! that it wakes nobody before the log is past it: the bus looks by itself.

#[path = "support/meter.rs"]
mod meter;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use eventsource_conformance::forward;
use eventsource_core::bus::EventBus;
use eventsource_core::store::{
    BoxFuture, HeadSender, HeadWatch, Page, ReadLog, StoreError, StoreErrorKind,
};
use eventsource_core::testing::TestEnvironment;
use eventsource_core::{
    EventLog, EventStore, Horizon, Id, LocalBus, MemoryReadModels, MemoryStore, Position,
    ReadError, ReadModel, Repository, Runner, Store, StreamStore, Subscription, SubscriptionError,
    WaitOutcome,
};
use meter::{Meter, MeterEvent, Units};
use tokio::time::{sleep, timeout};

/// Longer than a bus waits before it looks by itself.
const LONG: Duration = Duration::from_secs(6);

/// A store whose log is taken back while it is open.
#[derive(Clone)]
struct RestoredStore(Arc<Inside>);

struct Inside {
    lost: MemoryStore,
    restored: OnceLock<MemoryStore>,
    head: HeadSender,
    reads: AtomicUsize,
    is_away: AtomicBool,
}

impl RestoredStore {
    /// A store with so many events.
    async fn with(events: u64) -> Self {
        let store = Self(Arc::new(Inside {
            lost: MemoryStore::new(),
            restored: OnceLock::new(),
            head: HeadSender::new(Position::START),
            reads: AtomicUsize::new(0),
            is_away: AtomicBool::new(false),
        }));
        store.append(events).await;
        store
    }

    fn current(&self) -> &MemoryStore {
        self.0.restored.get().unwrap_or(&self.0.lost)
    }

    /// Stores events, and tells of them unless the known head is further.
    async fn append(&self, events: u64) {
        let meters = Repository::<Meter>::new(self.current().clone());
        for _ in 0..events {
            let read = meters.execute(Id::new(), |_| Ok::<_, ()>(MeterEvent::Read { units: 1 }));
            read.await.unwrap();
        }
        let head = self.current().head().await.unwrap().position();
        self.0.head.move_to(head);
    }

    /// Has another history from now on, with so many events.
    async fn restore(&self, events: u64) {
        assert!(self.0.restored.set(MemoryStore::new()).is_ok());
        self.append(events).await;
    }

    fn reads(&self) -> usize {
        self.0.reads.load(Ordering::SeqCst)
    }

    fn be_away(&self, is_away: bool) {
        self.0.is_away.store(is_away, Ordering::SeqCst);
    }

    fn bus(&self) -> LocalBus {
        LocalBus::new(self.clone()).in_environment(TestEnvironment)
    }
}

impl Store for RestoredStore {
    forward!(self => self.0.lost; id);
    forward!(self => self.current(); limits, environment, capabilities, now);
}

impl StreamStore for RestoredStore {
    forward!(self => self.current(); append, import, receipt, read_stream, root_ids);
}

impl EventLog for RestoredStore {
    forward!(self => self.0.lost; log_id);
    forward!(self => self.current(); head);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        if self.0.is_away.load(Ordering::SeqCst) {
            let away = StoreError::new(StoreErrorKind::Unavailable, "the cable was pulled");
            return Box::pin(std::future::ready(Err(away.into())));
        }
        self.current().read(read)
    }

    fn watch(&self) -> HeadWatch {
        self.0.head.watch()
    }
}

impl EventStore for RestoredStore {}

type Next = Result<u64, SubscriptionError>;

async fn next(events: &mut Subscription<MeterEvent>) -> Next {
    let next = timeout(LONG, events.next()).await.expect("in time");
    let event = next.expect("no end")?;
    Ok(event.position().offset().get())
}

async fn assert_nothing(events: &mut Subscription<MeterEvent>, lasts: Duration) {
    let next = timeout(lasts, events.next()).await;
    assert!(next.is_err(), "{next:?}");
}

fn assert_other_history(next: Next) {
    let Err(SubscriptionError::Read(error)) = next else {
        panic!("{next:?}");
    };
    assert!(matches!(error, ReadError::OtherHistory { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_event_below_a_lost_head_reaches_who_stands_before_it() {
    let store = RestoredStore::with(10).await;
    store.restore(0).await;
    let mut events = Subscription::after(store.bus(), Horizon::START);
    assert_nothing(&mut events, LONG).await;
    for position in 1..=3 {
        store.append(1).await;
        assert_eq!(next(&mut events).await.unwrap(), position);
    }
    store.append(10).await;
    for position in 4..=13 {
        assert_eq!(next(&mut events).await.unwrap(), position);
    }
}

#[tokio::test(start_paused = true)]
async fn a_projection_takes_an_event_below_a_lost_head() {
    let store = RestoredStore::with(10).await;
    store.restore(0).await;
    let models = MemoryReadModels::new();
    let runner = Runner::new(store.clone(), models.clone()).in_environment(TestEnvironment);
    let running = runner.project::<Units>().start().await.unwrap();
    sleep(LONG).await;
    store.append(2).await;
    let units = ReadModel::<Units>::new(store, models);
    let waited = units.wait_for(Position::new(2), LONG).await;
    assert_eq!(waited.unwrap(), WaitOutcome::Reached);
    running.stop().await;
}

/// Without another event, and whether or not the bus began where the readers stand.
#[tokio::test(start_paused = true)]
async fn readers_of_a_lost_history_hear_of_it() {
    for events_before_bus in [0, 3] {
        let store = RestoredStore::with(events_before_bus).await;
        let mut events = Subscription::after(store.bus(), Horizon::START);
        for _ in 0..events_before_bus {
            next(&mut events).await.unwrap();
        }
        store.append(3 - events_before_bus).await;
        for _ in events_before_bus..3 {
            next(&mut events).await.unwrap();
        }
        assert_nothing(&mut events, LONG).await;
        store.restore(3).await;
        assert_other_history(next(&mut events).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_when_the_bus_looks_ends_no_subscription() {
    let store = RestoredStore::with(1).await;
    let mut events = Subscription::after(store.bus(), Horizon::START);
    next(&mut events).await.unwrap();
    store.be_away(true);
    let before = store.reads();
    assert_nothing(&mut events, LONG * 4).await;
    assert!(store.reads() > before + 2, "the bus looks");
    store.be_away(false);
    store.append(1).await;
    assert_eq!(next(&mut events).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bus_without_listeners_reads_nothing() {
    let store = RestoredStore::with(1).await;
    let bus = store.bus();
    let listener = bus.listen();
    sleep(LONG).await;
    assert_eq!(store.reads(), 1);
    drop(listener);
    sleep(LONG * 10).await;
    assert_eq!(store.reads(), 1);
}
