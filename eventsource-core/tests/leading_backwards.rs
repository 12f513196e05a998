//! Each reader of a store detects pages that lead backwards.

#[path = "support/meter.rs"]
mod meter;

use std::time::Duration;

use eventsource_conformance::forward;
use eventsource_core::read_model::RunState;
use eventsource_core::runner::ProjectionError;
use eventsource_core::store::{
    BoxFuture, CopyError, Page, PageBuilder, Pages, ReadLog, StoreErrorKind, copy,
};
use eventsource_core::{
    EventLog, EventStore, Horizon, Id, LocalBus, MemoryReadModels, MemoryStore, Position, Query,
    ReadError, Repository, Runner, Store, StreamStore, Subscription, SubscriptionError,
};
use meter::{Meter, MeterEvent, Units};
use tokio::time::timeout;

/// A damage due to which a page is not the next one.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    /// From position 20 on the page after position 10 comes again.
    Repeats,
    /// From position 20 on pages have no events, and end where they begin.
    StandsStill,
}

/// A store that gives at most 10 events at once, and then something else.
#[derive(Clone, Debug)]
struct DamagedStore {
    store: MemoryStore,
    damage: Damage,
}

impl Store for DamagedStore {
    forward!(self => self.store; id, limits, environment, capabilities, now);
}

impl StreamStore for DamagedStore {
    forward!(self => self.store; append, import, receipt, read_stream, root_ids);
}

impl EventLog for DamagedStore {
    forward!(self => self.store; head, watch, log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        let is_damaged = read.start.position().offset().get() >= 20;
        match self.damage {
            Damage::Repeats if is_damaged => self
                .store
                .read(read.after(Horizon::unchecked(Position::new(10))).limit(10)),
            Damage::StandsStill if is_damaged => {
                let page = PageBuilder::new().finish(read.start, false);
                Box::pin(std::future::ready(Ok(page)))
            }
            _ => {
                let limit = read.max_events.min(10);
                self.store.read(read.limit(limit))
            }
        }
    }
}

impl EventStore for DamagedStore {}

const DAMAGES: [Damage; 2] = [Damage::Repeats, Damage::StandsStill];

async fn filled(damage: Damage) -> DamagedStore {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    for units in 0..50 {
        let read = meters.execute(Id::new(), |_| Ok::<_, ()>(MeterEvent::Read { units }));
        read.await.unwrap();
    }
    DamagedStore { store, damage }
}

fn assert_damaged(error: &ReadError) {
    let ReadError::Store(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), work)
        .await
        .expect("it ends")
}

#[tokio::test]
async fn pages_end_with_an_error_where_they_lead_backwards() {
    for damage in DAMAGES {
        let store = filled(damage).await;
        let mut pages = Pages::new(&store, ReadLog::new(Query::all()).limit(10));
        let read = async {
            loop {
                match pages.next().await {
                    Ok(page) => assert!(page.is_some(), "{damage:?}"),
                    Err(error) => return error,
                }
            }
        };
        assert_damaged(&within(read).await);
        assert!(pages.next().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_copy_ends_with_an_error_where_its_source_leads_backwards() {
    for damage in DAMAGES {
        let store = filled(damage).await;
        let copied = within(copy(&store, &MemoryStore::new())).await.unwrap_err();
        let CopyError::Read(error) = copied else {
            panic!("{copied}");
        };
        assert_damaged(&error);
    }
}

#[tokio::test]
async fn a_subscription_ends_with_an_error_where_its_store_leads_backwards() {
    for damage in DAMAGES {
        let bus = LocalBus::new(filled(damage).await);
        let mut events = Subscription::<MeterEvent>::after(bus, Horizon::START);
        let mut last = 0;
        let error = loop {
            match within(events.next()).await.expect("no end") {
                Ok(recorded) => {
                    assert_eq!(recorded.position().offset().get(), last + 1);
                    last += 1;
                }
                Err(error) => break error,
            }
        };
        let SubscriptionError::Read(error) = error else {
            panic!("{error}");
        };
        assert_damaged(&error);
    }
}

#[tokio::test]
async fn a_runner_stops_where_its_store_leads_backwards() {
    for damage in DAMAGES {
        let store = filled(damage).await;
        let runner = Runner::new(store, MemoryReadModels::new()).project::<Units>();
        let error = within(runner.catch_up()).await.unwrap_err();
        let ProjectionError::Read(error) = error else {
            panic!("{error}");
        };
        assert_damaged(&error);
    }
}

#[tokio::test]
async fn a_running_projection_says_that_its_store_leads_backwards() {
    let store = filled(Damage::Repeats).await;
    let running = Runner::new(store, MemoryReadModels::new())
        .project::<Units>()
        .start()
        .await
        .unwrap();
    let stopped = async {
        loop {
            let status = running.status().remove(0);
            if let RunState::Stopped(reason) = status.state {
                return reason;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let reason = within(stopped).await;
    assert!(reason.contains("damaged"), "{reason}");
    running.stop().await;
}

/// The tests would end early for another reason if this failed.
#[tokio::test]
async fn a_store_that_is_not_damaged_is_read_to_its_head() {
    let store = filled(Damage::None).await;
    assert_eq!(copy(&store, &MemoryStore::new()).await.unwrap(), 50);
    let runner = Runner::new(store, MemoryReadModels::new()).project::<Units>();
    within(runner.catch_up()).await.unwrap();
}
