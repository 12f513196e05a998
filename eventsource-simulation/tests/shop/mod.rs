//! A small shop: orders reserve stock, which a reactor commands.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod guests;
pub(crate) mod kept;
mod labels;
mod members;
mod sold;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Delivery, EventStore, ExecuteError, Id, Project, Projection, React, Reactor,
    ReadModelStore, Recorded, Repository, Runner, WaitOutcome, event,
};
use eventsource_simulation::{BoxError, Client, FaultKind, Process, Simulation, is_poisoned};
use guests::Guest;
use serde::{Deserialize, Serialize};
use sold::Sold;
use tokio::time::sleep;

pub(crate) const SKUS: [&str; 4] = ["tea", "sugar", "milk", "canary-7"];
/// A word that is in payloads and keys, and must be in no text.
pub(crate) const CANARY: &str = "canary-7";

#[event]
pub(crate) enum OrderEvent {
    Placed { sku: String, quantity: u32 },
    Noted { text: String },
    Cancelled { sku: String },
}

#[derive(Aggregate, Clone, Debug, Default)]
#[aggregate(event = OrderEvent)]
pub(crate) struct Order {
    pub(crate) items: BTreeMap<String, u32>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("there is nothing to cancel")]
    NothingToCancel,
    #[error("the simulation asked for a failure")]
    Poisoned,
}

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, event: OrderEvent) {
        match event {
            OrderEvent::Placed { sku, quantity } => {
                assert!(!is_poisoned(FaultKind::PoisonApply, &sku), "asked for");
                *self.items.entry(sku).or_default() += quantity;
            }
            OrderEvent::Noted { .. } => {}
            OrderEvent::Cancelled { sku } => drop(self.items.remove(&sku)),
        }
    }
}

impl Order {
    fn place(sku: &str, quantity: u32) -> Result<Vec<OrderEvent>, OrderError> {
        if is_poisoned(FaultKind::PoisonDecision, sku) {
            assert!(quantity > 1, "asked for");
            return Err(OrderError::Poisoned);
        }
        let (sku, text) = (sku.to_owned(), format!("{quantity} of them"));
        Ok(vec![
            OrderEvent::Placed { sku, quantity },
            OrderEvent::Noted { text },
        ])
    }

    fn cancel(&self, sku: &str) -> Result<OrderEvent, OrderError> {
        if !self.items.contains_key(sku) {
            return Err(OrderError::NothingToCancel);
        }
        let sku = sku.to_owned();
        Ok(OrderEvent::Cancelled { sku })
    }
}

#[event]
pub(crate) enum StockEvent {
    Reserved { order: Uuid, quantity: u32 },
}

#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = StockEvent, snapshot(every = 8, version = 1))]
pub(crate) struct Stock {
    pub(crate) reserved: u64,
    pub(crate) times: u64,
}

impl Apply<StockEvent> for Stock {
    fn apply(&mut self, StockEvent::Reserved { quantity, .. }: StockEvent) {
        self.reserved += u64::from(quantity);
        self.times += 1;
    }
}

#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "demand", version = 1, key = sku, event = OrderEvent(Placed, Cancelled))]
pub(crate) struct Demand {
    pub(crate) placed: u64,
    pub(crate) cancelled: u64,
}

impl Project<OrderEvent, Result<(), OrderError>> for Demand {
    fn project(&mut self, recorded: &Recorded<OrderEvent>) -> Result<(), OrderError> {
        match &recorded.event {
            OrderEvent::Placed { sku, quantity } => {
                if is_poisoned(FaultKind::PoisonHandler, sku) {
                    return Err(OrderError::Poisoned);
                }
                self.placed += u64::from(*quantity);
            }
            OrderEvent::Cancelled { .. } => self.cancelled += 1,
            OrderEvent::Noted { .. } => {}
        }
        Ok(())
    }
}

/// The same in the newer program.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "demand", version = 2, key = Self::key, event = OrderEvent(Placed, Cancelled))]
pub(crate) struct DemandOfNewer {
    pub(crate) placed: u64,
    pub(crate) orders: u64,
}

impl DemandOfNewer {
    fn key(recorded: &Recorded<OrderEvent>) -> String {
        match &recorded.event {
            OrderEvent::Placed { sku, .. } | OrderEvent::Cancelled { sku } => {
                assert!(!is_poisoned(FaultKind::PoisonKey, sku), "asked for");
                sku.clone()
            }
            OrderEvent::Noted { .. } => String::new(),
        }
    }
}

impl Project<OrderEvent> for DemandOfNewer {
    fn project(&mut self, recorded: &Recorded<OrderEvent>) {
        if let OrderEvent::Placed { quantity, .. } = &recorded.event {
            self.placed += u64::from(*quantity);
            self.orders += 1;
        }
    }
}

/// The number of orders with a reference, by a key that may fail.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "references", version = 1, key = Self::key, event = OrderEvent(Placed))]
pub(crate) struct References {
    pub(crate) count: u64,
}

impl References {
    fn key(recorded: &Recorded<OrderEvent>) -> String {
        let OrderEvent::Placed { sku, quantity } = &recorded.event else {
            return String::new();
        };
        assert!(!is_poisoned(FaultKind::PoisonKey, sku), "asked for");
        format!("{sku} {quantity}")
    }
}

impl Project<OrderEvent> for References {
    fn project(&mut self, _: &Recorded<OrderEvent>) {
        self.count += 1;
    }
}

#[derive(Reactor)]
#[reactor(name = "reserve", event = OrderEvent(Placed))]
pub(crate) struct Reserve {
    process: Process,
    stocks: Repository<Stock>,
}

impl React<OrderEvent> for Reserve {
    type Error = BoxError;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), BoxError> {
        let OrderEvent::Placed { sku, quantity } = &recorded.event else {
            return Ok(());
        };
        self.process.effect("reserve", recorded, delivery);
        sleep(Duration::from_millis(
            self.process.draw("reserves").below(80),
        ))
        .await;
        let (order, quantity) = (recorded.root_id(), *quantity);
        let reserved = StockEvent::Reserved { order, quantity };
        let reserve = self.stocks.execute(Id::from_name(sku), move |_| {
            assert!(
                quantity > 1 || !is_poisoned(FaultKind::PoisonDecision, sku),
                "asked for"
            );
            Ok::<_, Infallible>(reserved.clone())
        });
        reserve.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) orders: Repository<Order>,
    guests: Repository<Guest>,
    /// The store itself, for commits without an aggregate.
    store: Arc<dyn EventStore>,
}

pub(crate) async fn start(process: Process) -> Result<Shop, BoxError> {
    let (store, models) = (process.store(), process.read_models());
    start_on(process, store, models).await
}

/// Starts the shop on other stores than those of the process.
pub(crate) async fn start_on(
    process: Process,
    store: impl EventStore + Clone,
    models: impl ReadModelStore + Clone,
) -> Result<Shop, BoxError> {
    let reserve = Reserve {
        process: process.clone(),
        stocks: Repository::new(store.clone()),
    };
    let runner = Runner::new(store.clone(), models.clone())
        .in_environment(process.environment())
        .project::<References>()
        .react(reserve);
    let runner = match process.release() {
        2 => runner.project::<Demand>().project::<DemandOfNewer>(),
        _ => runner.project::<Demand>(),
    };
    process.keep(runner.start().await?);
    process.keep(labels::follow(&process, store.clone(), models.clone()).await?);
    process.keep(sold::follow(&process, store.clone(), models.clone()).await?);
    let orders = Repository::new(store.clone()).cached(8);
    let orders = orders.with_read_models(store.clone(), models);
    let guests = Repository::new(store.clone());
    let store = Arc::new(store);
    Ok(Shop {
        orders,
        guests,
        store,
    })
}

pub(crate) async fn customer(shop: Shop, client: Client) -> Result<(), BoxError> {
    match client.draw("command").below(12) {
        0 => guests::visit(shop.guests, client).await,
        1 => members::join(shop.store, client).await,
        2..5 => cancel(shop, client).await,
        _ => place(shop, client).await,
    }
}

async fn cancel(shop: Shop, client: Client) -> Result<(), BoxError> {
    let (id, sku) = (order(&client), sku(&client));
    let (moment, mut seen) = (client.moment(id), None);
    let cancelled = shop.orders.execute(id, |order| {
        seen = Some(order.clone());
        order.cancel(sku)
    });
    let cancelled = cancelled.await;
    if let Err(ExecuteError::Refused(_)) = &cancelled {
        client.refused(&moment, |order: &Order| !order.items.contains_key(sku));
    }
    let receipt = cancelled?;
    if let Some(seen) = seen {
        client.decided_on(id, &seen, &receipt);
    }
    Ok(())
}

async fn place(shop: Shop, client: Client) -> Result<(), BoxError> {
    let (id, sku, mut seen) = (order(&client), sku(&client), None);
    let quantity = u32::try_from(client.draw("quantity").within(1..4))?;
    let is_nested = client.draw("nested").is_one_in(8);
    let place = shop.orders.execute(id, |order| {
        let waits = is_nested && waits_for_itself(&shop.orders, id);
        seen = Some((order.clone(), waits));
        Order::place(sku, quantity)
    });
    let receipt = if client.draw("waits").is_one_in(4) {
        let placed = place.seen_by::<Demand>(Duration::from_secs(2)).await?;
        if let Ok(WaitOutcome::Reached) = &placed.wait {
            client.reached::<Demand>(placed.receipt.horizon());
        }
        placed.receipt
    } else {
        place.await?
    };
    if let Some((seen, waits)) = seen {
        assert!(!waits, "a decision waits for itself");
        client.decided_on(id, &seen, &receipt);
    }
    Ok(())
}

/// Whether a decision on an order waits for the one that it is made in, instead of being refused.
fn waits_for_itself(orders: &Repository<Order>, id: Id<Order>) -> bool {
    let cancel = orders.execute(id, |order| order.cancel("nothing"));
    let mut cancelled = pin!(cancel.into_future());
    let mut context = Context::from_waker(Waker::noop());
    cancelled.as_mut().poll(&mut context).is_pending()
}

fn order(client: &Client) -> Id<Order> {
    client.id("order", 8)
}

fn sku(client: &Client) -> &'static str {
    client.draw("sku").pick::<&str>(&SKUS)
}

/// The shop, with everything that has to hold of it.
pub(crate) fn simulation() -> Simulation<Shop> {
    promises(Simulation::new(start))
        .clients(4, customer)
        .pace(Duration::from_millis(80))
}

/// Adds the checks of a shop to a simulation of any program that runs one.
pub(crate) fn promises<P: Clone + Send + Sync + 'static>(
    simulation: Simulation<P>,
) -> Simulation<P> {
    simulation
        .rows_equal_fold::<Demand>()
        .rows_equal_fold::<References>()
        .rows_equal_fold::<Sold>()
        .effects_once("reserve", "order.placed")
        .always::<Order>(|order| order.items.values().all(|quantity| *quantity > 0))
        .always::<Stock>(|stock| stock.reserved >= stock.times)
        .always::<Guest>(|guest| guest.visits > 0)
        .canary(CANARY)
}
