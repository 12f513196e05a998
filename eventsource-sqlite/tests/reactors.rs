//! Reactors whose place is in the file.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{Reactions, RunState};
use eventsource_core::{
    Aggregate, Apply, Delivery, EventLog as _, Id, Project, Projection, React, Reactor, Recorded,
    Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);

#[event]
enum OrderEvent {
    Placed { number: u32 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = OrderEvent)]
struct Order;

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, _: OrderEvent) {}
}

#[event]
enum StockEvent {
    Reserved,
}

#[derive(Aggregate, Default)]
#[aggregate(event = StockEvent)]
struct Stock(u32);

impl Apply<StockEvent> for Stock {
    fn apply(&mut self, _: StockEvent) {
        self.0 += 1;
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Reserves tea for each order, unless its number is evil.
#[derive(Clone, Reactor)]
#[reactor(name = "reservations", event = OrderEvent(Placed))]
struct Reservations {
    stocks: Repository<Stock>,
    delivered: Arc<Mutex<Vec<(u32, Delivery)>>>,
    is_mended: bool,
}

impl React<OrderEvent> for Reservations {
    type Error = Failure;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), Failure> {
        let OrderEvent::Placed { number } = recorded.event;
        let delivered = (number, delivery.clone());
        self.delivered.lock().unwrap().push(delivered);
        if number == 666 && !self.is_mended {
            return Err("an evil number".into());
        }
        let reserved = |_: &Stock| Ok::<_, std::fmt::Error>(StockEvent::Reserved);
        let reserve = self.stocks.execute(tea(), reserved);
        reserve.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

impl Reservations {
    fn new(store: &SqliteStore) -> Self {
        Self {
            stocks: Repository::new(store.clone()),
            delivered: Arc::default(),
            is_mended: false,
        }
    }

    fn numbers(&self) -> Vec<u32> {
        let delivered = self.delivered.lock().unwrap();
        delivered.iter().map(|(number, _)| *number).collect()
    }
}

fn tea() -> Id<Stock> {
    Id::from_name("tea")
}

async fn place(store: &SqliteStore, order: Id<Order>, number: u32) {
    let orders = Repository::<Order>::new(store.clone());
    let placed = |_: &Order| Ok::<_, std::fmt::Error>(OrderEvent::Placed { number });
    orders.execute(order, placed).await.unwrap();
}

async fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder.join("shop.db")).await.unwrap()
}

fn runner(store: &SqliteStore, reactor: &Reservations) -> Runner {
    Runner::new(store.clone(), store.clone()).react(reactor.clone())
}

#[tokio::test]
async fn a_reactor_goes_on_where_it_was_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    place(&store, Id::new(), 1).await;
    let reactor = Reservations::new(&store);
    runner(&store, &reactor).catch_up().await.unwrap();
    place(&store, Id::new(), 2).await;
    store.close().await;

    for number in 3..6 {
        let store = open(folder.path()).await;
        place(&store, Id::new(), number).await;
        let reactor = Reservations::new(&store);
        runner(&store, &reactor).catch_up().await.unwrap();
        let expected: Vec<u32> = if number == 3 {
            vec![2, 3]
        } else {
            vec![number]
        };
        assert_eq!(reactor.numbers(), expected);
        assert_eq!(reactor.stocks.load(tea()).await.unwrap().0, number - 1);
        store.close().await;
    }
}

#[tokio::test]
async fn a_parked_stream_and_its_attempts_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let order = Id::new();
    let mut delivered = Vec::new();
    for attempt in 1..4 {
        let store = open(folder.path()).await;
        let reactor = Reservations::new(&store);
        runner(&store, &reactor).catch_up().await.unwrap();
        if attempt == 1 {
            for number in [666, 1] {
                place(&store, order, number).await;
            }
            place(&store, Id::new(), 2).await;
            runner(&store, &reactor).catch_up().await.unwrap();
            assert_eq!(reactor.numbers(), [666, 2]);
        }
        delivered.extend(reactor.delivered.lock().unwrap().drain(..).take(1));
        assert_eq!(delivered.last().unwrap().1.attempt, attempt);
        let parked = Reactions::<Reservations>::new(store.clone());
        let parked = parked.parked(None, 10).await.unwrap();
        assert_eq!((parked[0].attempts, parked[0].waiting), (attempt, 2));
        assert_eq!(parked[0].key.parts().len(), 3);
        store.close().await;
    }
    assert!(delivered.iter().all(|it| it.1.id == delivered[0].1.id));

    let store = open(folder.path()).await;
    let mut reactor = Reservations::new(&store);
    reactor.is_mended = true;
    runner(&store, &reactor).catch_up().await.unwrap();
    assert_eq!(reactor.numbers(), [666, 1]);
    assert_eq!(reactor.stocks.load(tea()).await.unwrap().0, 3);
    store.close().await;
}

#[tokio::test]
async fn of_two_runners_on_one_file_one_reacts_and_the_other_goes_on_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (open(folder.path()).await, open(folder.path()).await);
    let reactors = [Reservations::new(&first), Reservations::new(&second)];
    let one = runner(&first, &reactors[0]).start().await.unwrap();
    let is_in = async |running: &eventsource_core::Running, state: RunState| {
        let is_in = async {
            while running.status()[0].state != state {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LONG, is_in).await.expect("in time");
    };
    is_in(&one, RunState::Running).await;
    let other = runner(&second, &reactors[1]).start().await.unwrap();
    is_in(&other, RunState::Standby).await;
    // Up to a reaction that is only just done, it is not written down yet.
    let is_done = async |running: &eventsource_core::Running| {
        let head = first.head().await.unwrap();
        let is_done = async {
            while running.status()[0].position.offset() < head.position().offset() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LONG, is_done).await.expect("in time");
    };
    for number in 0..5 {
        place(&second, Id::new(), number).await;
    }
    is_done(&one).await;
    one.stop().await;
    for number in 5..10 {
        place(&first, Id::new(), number).await;
    }
    is_done(&other).await;
    other.stop().await;
    assert_eq!(reactors[0].numbers(), [0, 1, 2, 3, 4]);
    assert_eq!(reactors[1].numbers(), [5, 6, 7, 8, 9]);
    assert_eq!(reactors[0].stocks.load(tea()).await.unwrap().0, 10);
}

/// Has the name of the reactor.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "reservations", version = 2, key = root_id, event = OrderEvent(Placed))]
struct Orders {}

impl Project<OrderEvent> for Orders {
    fn project(&mut self, _: &Recorded<OrderEvent>) {}
}

#[tokio::test]
async fn old_versions_of_a_projection_of_the_same_name_go_and_the_reactor_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let reactor = Reservations::new(&store);
    place(&store, Id::new(), 1).await;
    let both = || runner(&store, &reactor).project::<Orders>();
    both().catch_up().await.unwrap();
    let running = both().start().await.unwrap();
    assert_eq!(running.remove_older::<Orders>().await.unwrap(), [0; 0]);
    running.stop().await;
    place(&store, Id::new(), 2).await;
    both().catch_up().await.unwrap();
    assert_eq!(reactor.numbers(), [2]);
}
