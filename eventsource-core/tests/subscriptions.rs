//! A subscription delivers each event once and in order, to the fast and to the slow.

#[path = "support/meter.rs"]
mod meter;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::forward;
use eventsource_core::bus::{BusMessage, BusReceiver, BusSender, EventBus, PublishedPage};
use eventsource_core::store::{BoxFuture, Commit, NewEvent, Page, ReadLog, StoreError};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, EventStore, Horizon, Id, LocalBus, MemoryStore, Position, Query, ReadError,
    Recorded, Repository, Store, StreamId, StreamStore, Subscription, SubscriptionError, Timestamp,
};
use meter::{Meter, MeterEvent};
use tokio::time::timeout;

async fn read(store: &MemoryStore, units: u64) {
    let meters = Repository::<Meter>::new(store.clone());
    let read = meters.execute(Id::new(), |_| Ok::<_, ()>(MeterEvent::Read { units }));
    read.await.unwrap();
}

async fn next(events: &mut Subscription<MeterEvent>) -> Recorded<MeterEvent> {
    let next = timeout(Duration::from_secs(20), events.next()).await;
    next.expect("in time").expect("no end").unwrap()
}

#[tokio::test]
async fn what_is_stored_comes_first_and_then_what_is_new() {
    let store = MemoryStore::new();
    read(&store, 1).await;
    read(&store, 2).await;
    let mut events = Subscription::after(
        LocalBus::new(store.clone()),
        Horizon::unchecked(Position::new(1)),
    );
    assert_eq!(next(&mut events).await.event, MeterEvent::Read { units: 2 });
    assert!(
        timeout(Duration::from_millis(20), events.next())
            .await
            .is_err()
    );
    read(&store, 3).await;
    assert_eq!(next(&mut events).await.event, MeterEvent::Read { units: 3 });
}

#[tokio::test]
async fn from_now_on_leaves_out_what_was() {
    let store = MemoryStore::new();
    read(&store, 1).await;
    let mut events = Subscription::from_now(LocalBus::new(store.clone()))
        .await
        .unwrap();
    read(&store, 2).await;
    assert_eq!(next(&mut events).await.event, MeterEvent::Read { units: 2 });
}

/// Some subscribers are slow, and all of them drop pending futures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_gets_every_event_once_and_in_order() {
    const EVENTS: u64 = 4_000;
    let store = MemoryStore::new();
    let bus = LocalBus::new(store.clone());
    let subscribers = (0..8_u32).map(|number| {
        let mut events = Subscription::<MeterEvent>::after(bus.clone(), Horizon::START);
        tokio::spawn(async move {
            for position in 1..=EVENTS {
                let recorded = loop {
                    let patience = Duration::from_micros(u64::from(number) * 50 + 1);
                    if let Ok(next) = timeout(patience, events.next()).await {
                        break next.unwrap().unwrap();
                    }
                };
                assert_eq!(recorded.position(), Position::new(position));
                if number > 5 && position % 500 == 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        })
    });
    let subscribers: Vec<_> = subscribers.collect();
    let writers = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for units in 0..EVENTS / 4 {
                read(&store, units).await;
            }
        })
    });
    for task in writers.collect::<Vec<_>>().into_iter().chain(subscribers) {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_comes_after_those_before_it_and_is_the_last() {
    let store = MemoryStore::new();
    read(&store, 1).await;
    let stream = StreamId::new("meter", Uuid::nil());
    let broken = NewEvent::new(stream, "meter.read", 1, Codec::Json, b"[]".to_vec());
    store
        .append(Commit::new(Uuid::now_v7(), vec![broken]))
        .await
        .unwrap();
    let mut events = Subscription::<MeterEvent>::after(LocalBus::new(store), Horizon::START);
    next(&mut events).await;
    let error = events.next().await.unwrap().unwrap_err();
    let SubscriptionError::Undecodable(undecodable) = error else {
        panic!("{error}");
    };
    assert_eq!(undecodable.position, Position::new(2));
    assert_eq!(undecodable.name, "meter.read");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn for_each_ends_with_the_error_of_the_handler() {
    let store = MemoryStore::new();
    for units in 1..=3 {
        read(&store, units).await;
    }
    let events = Subscription::<MeterEvent>::after(LocalBus::new(store), Horizon::START);
    let mut seen = 0;
    let handled = events.for_each(|recorded| {
        let MeterEvent::Read { units } = recorded.event;
        seen += units;
        let enough = units == 2;
        async move {
            if enough {
                Err(Box::<dyn std::error::Error>::from("enough"))
            } else {
                Ok(())
            }
        }
    });
    assert_eq!(handled.await.unwrap_err().to_string(), "enough");
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn a_position_that_the_store_does_not_have_is_an_error() {
    let bus = LocalBus::new(MemoryStore::new());
    let mut events = Subscription::<MeterEvent>::after(bus, Horizon::unchecked(Position::new(7)));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, SubscriptionError::Read(ReadError::BeyondHead { .. })),
        "{error}"
    );
}

/// Once they have caught up, the store is read once for all of them.
#[tokio::test]
async fn listeners_share_what_is_read() {
    const LISTENERS: usize = 20;
    let (store, reads) = (MemoryStore::new(), Arc::new(AtomicUsize::new(0)));
    let bus = LocalBus::new(Counting(store.clone(), Arc::clone(&reads)));
    let listen = || Subscription::<MeterEvent>::after(bus.clone(), Horizon::START);
    let mut listeners: Vec<_> = (0..LISTENERS).map(|_| listen()).collect();
    read(&store, 0).await;
    for events in &mut listeners {
        next(events).await;
    }
    reads.store(0, Ordering::SeqCst);
    for units in 1..=10 {
        read(&store, units).await;
        for events in &mut listeners {
            assert_eq!(next(events).await.event, MeterEvent::Read { units });
        }
    }
    let reads = reads.load(Ordering::SeqCst);
    assert!(
        reads <= LISTENERS + 10,
        "{reads} reads of 10 events by {LISTENERS} listeners"
    );
}

/// Pages that the bus has dropped are read from the store.
#[tokio::test]
async fn the_bus_forgets_what_nobody_took_in_time() {
    let store = MemoryStore::new();
    let bus = LocalBus::new(store.clone());
    let mut listener = bus.listen();
    for units in 0..200 {
        read(&store, units).await;
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let received = listener.recv().await;
    assert!(
        matches!(received, Some(BusMessage::Lagged(_))),
        "{received:?}"
    );
}

/// Counts reads of the whole store.
struct Counting(MemoryStore, Arc<AtomicUsize>);

impl Store for Counting {
    forward!(self => self.0; id, limits, environment, capabilities, now);
}

impl StreamStore for Counting {
    forward!(self => self.0; append, import, receipt, read_stream, root_ids);
}

impl EventLog for Counting {
    forward!(self => self.0; head, watch, log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.read(read)
    }
}

impl EventStore for Counting {}

/// Events that do not match come before, between and after those that match.
#[tokio::test]
async fn its_position_goes_past_what_does_not_match_so_that_a_restart_reads_nothing_twice() {
    let (store, reads) = (MemoryStore::new(), Arc::new(AtomicUsize::new(0)));
    let counting = Counting(store.clone(), Arc::clone(&reads));
    let bus = LocalBus::new(counting);
    let note = async |events| {
        let stream = StreamId::new("note", Uuid::now_v7());
        let event = || NewEvent::new(stream.clone(), "noted", 1, Codec::Json, b"{}".to_vec());
        let commit = Commit::new(Uuid::now_v7(), (0..events).map(|_| event()).collect());
        store.append(commit).await.unwrap();
    };
    let wait = async |events: &mut Subscription<MeterEvent>| {
        let waited = timeout(Duration::from_millis(50), events.next()).await;
        assert!(waited.is_err(), "nothing more matches");
    };
    let mut events = Subscription::after(bus.clone(), Horizon::START);
    for _ in 0..3 {
        note(1_000).await;
    }
    // What was stored before, and what the bus carries.
    wait(&mut events).await;
    assert_eq!(events.horizon().position(), Position::new(3_000));
    note(10).await;
    wait(&mut events).await;
    assert_eq!(events.horizon().position(), Position::new(3_010));
    read(&store, 1).await;
    note(5).await;
    next(&mut events).await;
    assert!(events.horizon().position().offset().get() >= 3_011);
    wait(&mut events).await;
    assert_eq!(events.horizon().position(), Position::new(3_016));

    reads.store(0, Ordering::SeqCst);
    let mut again = Subscription::<MeterEvent>::after(bus, events.horizon());
    wait(&mut again).await;
    assert_eq!(reads.load(Ordering::SeqCst), 1);
}

/// Each of two runtimes is polled while the other one is not.
#[test]
fn a_bus_feeds_listeners_on_a_runtime_while_another_one_is_not_polled() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap()
    };
    let store = MemoryStore::new();
    let bus = LocalBus::new(store.clone());
    let (first, second) = (runtime(), runtime());
    let start = async || {
        let mut events = Subscription::<MeterEvent>::after(bus.clone(), store.head().await?);
        // It has caught up, and waits for the bus.
        let waited = timeout(Duration::from_millis(20), events.next()).await;
        assert!(waited.is_err());
        Ok::<_, ReadError>((events, bus.listen()))
    };
    let mut of_first = first.block_on(start()).unwrap();
    let mut of_second = second.block_on(start()).unwrap();
    for units in 1..=3 {
        second.block_on(async {
            read(&store, units).await;
            assert_eq!(
                next(&mut of_second.0).await.event,
                MeterEvent::Read { units }
            );
            let received = timeout(Duration::from_secs(20), of_second.1.recv()).await;
            let Ok(Some(BusMessage::Page(published))) = received else {
                panic!("{received:?}");
            };
            assert_eq!(published.page.len(), 1);
        });
    }
    first.block_on(async {
        for units in 1..=3 {
            assert_eq!(
                next(&mut of_first.0).await.event,
                MeterEvent::Read { units }
            );
        }
    });
    // Also one that is made outside of any runtime, or after the runtime of the first has ended.
    drop((of_first, first));
    let mut events =
        Subscription::<MeterEvent>::after(bus.clone(), Horizon::unchecked(Position::new(3)));
    second.block_on(async {
        for units in 4..=6 {
            read(&store, units).await;
            assert_eq!(next(&mut events).await.event, MeterEvent::Read { units });
        }
    });
}

/// A log that can be restored while it is read.
struct Restorable(Mutex<MemoryStore>);

impl Restorable {
    fn now(&self) -> MemoryStore {
        self.0.lock().unwrap().clone()
    }
}

impl Store for Restorable {
    forward!(self => self.now(); id, limits, environment, capabilities);

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        let store = Self::now(self);
        Box::pin(async move { store.now().await })
    }
}

impl EventLog for Restorable {
    forward!(self => self.now(); watch, log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        let store = self.now();
        Box::pin(async move { store.read(read).await })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        let store = self.now();
        Box::pin(async move { store.head().await })
    }
}

/// A bus whose pages come from the test.
struct Handed {
    log: Arc<dyn EventLog>,
    pages: BusSender,
}

impl EventBus for Handed {
    fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    fn listen(&self) -> BusReceiver {
        self.pages.listen()
    }
}

/// The bus was behind the listener when the log was taken back: what it carries begins before what the
/// listener has seen, or at a position of which it knows no commit, and is of another history.
#[tokio::test]
async fn a_page_of_another_history_is_not_taken_from_the_bus() {
    for behind in [0, 1, 2] {
        let (old, new) = (MemoryStore::new(), MemoryStore::new());
        let log = Arc::new(Restorable(Mutex::new(old.clone())));
        let pages = BusSender::new(4);
        let bus = Handed {
            log: Arc::<Restorable>::clone(&log),
            pages: pages.clone(),
        };
        for units in [1, 2] {
            read(&old, units).await;
        }
        let mut events = Subscription::after(bus, Horizon::START);
        for units in [1, 2] {
            assert_eq!(next(&mut events).await.event, MeterEvent::Read { units });
        }
        assert!(
            timeout(Duration::from_millis(20), events.next())
                .await
                .is_err()
        );
        for units in [7, 8, 9] {
            read(&new, units).await;
        }
        *log.0.lock().unwrap() = new.clone();
        let after = Horizon::unchecked(Position::new(2 - behind));
        let all = ReadLog::new(Query::all()).after(after);
        let page = new.read(all).await.unwrap();
        pages.publish(PublishedPage::new(after, page));
        let refused = timeout(Duration::from_secs(20), events.next()).await;
        let refused = refused.unwrap().unwrap();
        assert!(
            matches!(
                refused,
                Err(SubscriptionError::Read(ReadError::OtherHistory { .. }))
            ),
            "{behind} behind: {refused:?}"
        );
    }
}
