//! Leaders that were replaced and do not know it: their pages say that they are complete and lack the newest
//! events. Readers read on, without another append.

#[path = "support/meter.rs"]
mod meter;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::forward;
use eventsource_core::store::{
    BoxFuture, Capabilities, Freshness, HeadSender, HeadWatch, LatestReads, Page, PageBuilder,
    ReadLog,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, EventStore, Horizon, Id, LocalBus, MemoryReadModels, MemoryStore, Position, Project,
    Projection, Query, ReadError, ReadModel, Recorded, Repository, Runner, Store, StreamStore,
    Subscription, SubscriptionError, WaitOutcome,
};
use meter::{Meter, MeterEvent, Units};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

static IS_BROKEN: AtomicBool = AtomicBool::new(true);

/// Takes no event as long as it is broken.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "mended", version = 1, key = root_id, event = MeterEvent(Read))]
struct Mended {
    units: u64,
}

impl Project<MeterEvent, Result<(), String>> for Mended {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) -> Result<(), String> {
        if IS_BROKEN.load(Ordering::SeqCst) {
            return Err("broken".to_owned());
        }
        let MeterEvent::Read { units } = recorded.event;
        self.units += units;
        Ok(())
    }
}

/// A store on several servers. Once its leader was replaced, a read of the latest state ends where the old
/// leader ends, unless its reader has seen more, and a read of the log up to a position ends there.
#[derive(Clone)]
struct Servers {
    store: MemoryStore,
    latest: LatestReads,
    /// The end of the old leader's log.
    past: Arc<Mutex<Option<Horizon>>>,
    head: Arc<HeadSender>,
    reads: Arc<AtomicUsize>,
}

impl Servers {
    /// Servers whose log has events at positions 1 to 3, of which the old leader shows the first.
    async fn with_an_old_leader() -> Self {
        let servers = Self {
            store: MemoryStore::new(),
            latest: LatestReads::Leader,
            past: Arc::default(),
            head: Arc::new(HeadSender::new(Position::START)),
            reads: Arc::default(),
        };
        servers.append(1).await;
        servers.tell(1);
        servers.replace_leader().await;
        servers.append(2).await;
        servers.tell(3);
        servers
    }

    /// The leader is replaced, and answers as of now from now on.
    async fn replace_leader(&self) {
        let end = self.store.head().await.unwrap();
        self.show_past(Some(end));
    }

    fn show_past(&self, end: Option<Horizon>) -> Option<Horizon> {
        std::mem::replace(&mut *self.past.lock().unwrap(), end)
    }

    async fn append(&self, count: u64) {
        let meters = Repository::<Meter>::new(self.store.clone());
        for _ in 0..count {
            let read = meters.execute(Id::new(), |_| Ok::<_, ()>(MeterEvent::Read { units: 1 }));
            read.await.unwrap();
        }
    }

    /// The process hears of the head.
    fn tell(&self, head: u64) {
        self.head.move_to(Position::new(head));
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// The end of what a read sees; `None` if it sees all.
    async fn end(&self, read: &ReadLog) -> Option<Horizon> {
        let past = (*self.past.lock().unwrap())?;
        let end = match read.min_freshness {
            Freshness::AtLeast(position) => self.end_at(position).await?,
            _ => past,
        };
        (!is_before(end, read.start)).then_some(end)
    }

    async fn end_at(&self, position: Position) -> Option<Horizon> {
        let page = self.store.read(ReadLog::new(Query::all())).await.unwrap();
        let mut events = page.events();
        let last = events.find(|event| event.position == position);
        last.map(|event| event.horizon())
    }
}

fn is_before(one: Horizon, other: Horizon) -> bool {
    one.position().offset() < other.position().offset()
}

fn cut(page: &Page, end: Horizon) -> Page {
    if is_before(page.through(), end) {
        return page.clone();
    }
    let mut seen = PageBuilder::new();
    for event in page.events() {
        if !is_before(end, event.horizon()) {
            seen.copy(&event);
        }
    }
    seen.finish(end, true)
}

impl Store for Servers {
    forward!(self => self.store; id, limits, environment, now);

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.store.capabilities();
        capabilities.latest = self.latest;
        capabilities
    }
}

impl StreamStore for Servers {
    forward!(self => self.store; append, import, receipt, read_stream, root_ids);
}

impl EventLog for Servers {
    forward!(self => self.store; head, log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            self.reads.fetch_add(1, Ordering::SeqCst);
            let end = self.end(&read).await;
            let page = self.store.read(read).await?;
            Ok(end.map_or_else(|| page.clone(), |end| cut(&page, end)))
        })
    }

    fn watch(&self) -> HeadWatch {
        self.head.watch()
    }
}

impl EventStore for Servers {}

fn subscribe(bus: &LocalBus) -> Subscription<MeterEvent> {
    Subscription::after(bus.clone(), Horizon::START)
}

/// The positions of the next events. It waits in vain where one is missed.
async fn positions(events: &mut Subscription<MeterEvent>, count: usize) -> Vec<u64> {
    let mut positions = Vec::new();
    while positions.len() < count {
        let next = timeout(Duration::from_secs(5), events.next()).await;
        let event = next.unwrap_or_else(|_| panic!("nothing comes after {positions:?}"));
        positions.push(event.unwrap().unwrap().position().offset().get());
    }
    positions
}

#[tokio::test]
async fn a_subscription_takes_what_an_old_leader_does_not_show() {
    let servers = Servers::with_an_old_leader().await;
    let mut events = subscribe(&LocalBus::new(servers));
    assert_eq!(positions(&mut events, 3).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_projection_takes_what_an_old_leader_does_not_show() {
    let (servers, models) = (Servers::with_an_old_leader().await, MemoryReadModels::new());
    let runner = Runner::new(servers.clone(), models.clone());
    let running = runner.project::<Units>().start().await.unwrap();
    let units = ReadModel::<Units>::new(servers, models);
    let waited = units
        .wait_for(Position::new(3), Duration::from_secs(5))
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Reached);
    assert_eq!(units.get(&1_i64).await.unwrap().unwrap().units, 3);
    running.stop().await;
}

#[tokio::test]
async fn a_projection_that_catches_up_does_not_end_where_an_old_leader_ends() {
    let (servers, models) = (Servers::with_an_old_leader().await, MemoryReadModels::new());
    let runner = Runner::new(servers.clone(), models.clone());
    runner.project::<Units>().catch_up().await.unwrap();
    let units = ReadModel::<Units>::new(servers, models);
    assert_eq!(units.get(&1_i64).await.unwrap().unwrap().units, 3);
}

/// The events were seen before they waited, and the old leader has none of them but the first.
#[tokio::test]
async fn parked_events_that_an_old_leader_does_not_show_are_tried_again() {
    let (servers, models) = (Servers::with_an_old_leader().await, MemoryReadModels::new());
    let runner = Runner::new(servers.clone(), models.clone());
    let running = runner.project::<Mended>().start().await.unwrap();
    let mended = ReadModel::<Mended>::new(servers.clone(), models);
    let waited = mended
        .wait_for(Position::new(3), Duration::from_secs(5))
        .await;
    assert!(matches!(waited, Ok(WaitOutcome::Parked(_))), "{waited:?}");
    let end = servers.end_at(Position::new(2)).await;
    servers.show_past(end);
    IS_BROKEN.store(false, Ordering::SeqCst);
    let free = async {
        while !mended.parked(None, 3).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), free)
        .await
        .expect("in time");
    assert_eq!(mended.count().await.unwrap(), 3);
    running.stop().await;
}

/// The bus has carried an event before the process heard of it. A reader that listens after that, and reads
/// from an old leader, gets it when the process hears of it.
#[tokio::test]
async fn an_event_that_was_carried_before_the_head_moved_to_it_is_not_missed() {
    let servers = Servers::with_an_old_leader().await;
    let bus = LocalBus::new(servers.clone());
    let mut early = subscribe(&bus);
    assert_eq!(positions(&mut early, 3).await, [1, 2, 3]);
    let past = servers.show_past(None);
    servers.append(2).await;
    servers.tell(4);
    assert_eq!(positions(&mut early, 2).await, [4, 5]);

    servers.show_past(past);
    let mut late = subscribe(&bus);
    assert_eq!(positions(&mut late, 4).await, [1, 2, 3, 4]);
    let nothing = timeout(Duration::from_millis(50), late.next()).await;
    assert!(nothing.is_err(), "no server has to show it");
    servers.tell(5);
    assert_eq!(positions(&mut late, 1).await, [5]);
}

/// The log was taken back, so that the head of which the process knows is gone.
#[tokio::test]
async fn a_head_that_the_log_has_lost_is_no_error_and_is_asked_for_once() {
    let servers = Servers::with_an_old_leader().await;
    servers.tell(10);
    let mut events = subscribe(&LocalBus::new(servers.clone()));
    assert_eq!(positions(&mut events, 3).await, [1, 2, 3]);
    let nothing = timeout(Duration::from_millis(50), events.next()).await;
    assert!(nothing.is_err());
    let reads = servers.reads();
    assert_eq!(reads, 3, "of the old leader, up to the head, up to the end");

    servers.append(8).await;
    servers.tell(11);
    let next = positions(&mut events, 8).await;
    assert_eq!(next, [4, 5, 6, 7, 8, 9, 10, 11]);
}

#[tokio::test]
async fn a_reader_of_another_history_gets_an_error_whatever_the_head_is() {
    let servers = Servers::with_an_old_leader().await;
    for known in [3, 7, 10] {
        servers.tell(known);
        let read_after = async |position| {
            let horizon = Horizon::new(Position::new(position), Uuid::now_v7());
            let bus = LocalBus::new(servers.clone());
            let mut events = Subscription::<MeterEvent>::after(bus, horizon);
            let next = timeout(Duration::from_secs(5), events.next()).await;
            let error = next.expect("in time").expect("no end").unwrap_err();
            let SubscriptionError::Read(error) = error else {
                panic!("{error}");
            };
            error
        };
        let error = read_after(7).await;
        assert!(matches!(error, ReadError::BeyondHead { .. }), "{error}");
        let error = read_after(3).await;
        assert!(matches!(error, ReadError::OtherHistory { .. }), "{error}");
    }
}

/// Such a store is not asked twice, whatever the head is: the bus carries what comes later.
#[tokio::test]
async fn a_store_whose_latest_reads_are_linearizable_is_read_once() {
    let mut servers = Servers::with_an_old_leader().await;
    servers.latest = LatestReads::Linearizable;
    let mut events = subscribe(&LocalBus::new(servers.clone()));
    assert_eq!(positions(&mut events, 1).await, [1]);
    let nothing = timeout(Duration::from_millis(50), events.next()).await;
    assert!(
        nothing.is_err(),
        "its page is believed, which is wrong here"
    );
    assert_eq!(servers.reads(), 1);
}

#[tokio::test]
async fn a_page_that_reaches_the_head_is_not_read_again() {
    let servers = Servers::with_an_old_leader().await;
    servers.replace_leader().await;
    let mut events = subscribe(&LocalBus::new(servers.clone()));
    assert_eq!(positions(&mut events, 3).await, [1, 2, 3]);
    let nothing = timeout(Duration::from_millis(50), events.next()).await;
    assert!(nothing.is_err());
    assert_eq!(servers.reads(), 1);
}
