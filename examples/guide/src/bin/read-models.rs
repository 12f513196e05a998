//! The earnings of each product, as a read model with a poison event.

use std::convert::Infallible;
use std::time::Duration;

use eventsource_core::{
    Aggregate, Apply, Id, Project, Projection, ReadModel, Recorded, Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[event]
pub enum OrderEvent {
    Placed { product: String, units: u32 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = OrderEvent)]
pub struct Order {}

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, _: OrderEvent) {}
}

impl Order {
    fn place(product: &str, units: u32) -> Result<OrderEvent, Infallible> {
        let product = product.to_owned();
        Ok(OrderEvent::Placed { product, units })
    }
}

/// One row for each product.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "earnings", version = 1, key = product, event = OrderEvent(Placed))]
pub struct Earnings {
    pub cents: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the product has no price")]
pub struct NoPrice;

impl Project<OrderEvent, Result<(), NoPrice>> for Earnings {
    fn project(&mut self, recorded: &Recorded<OrderEvent>) -> Result<(), NoPrice> {
        let OrderEvent::Placed { product, units } = &recorded.event;
        let price = match product.as_str() {
            "tea" => 350,
            "honey" => 800,
            _ => return Err(NoPrice),
        };
        self.cents += price * u64::from(*units);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = SqliteStore::open("orders.db").await?;
    let running = Runner::new(store.clone(), store.clone()) // events from, rows to
        .project::<Earnings>()
        .start()
        .await?;
    let orders =
        Repository::<Order>::new(store.clone()).with_read_models(store.clone(), store.clone());
    let earnings = ReadModel::<Earnings>::new(store.clone(), store.clone());

    for (product, units) in [("tea", 2), ("honey", 1), ("sugar", 5), ("tea", 1)] {
        // Wait until the rows contain the order (read your writes).
        let placed = orders.execute(Id::new(), |_| Order::place(product, units));
        let executed = placed.seen_by::<Earnings>(Duration::from_secs(30)).await?;
        println!("{product}: {:?}", executed.wait?);
    }

    for (product, row) in earnings.page(None, 100).await? {
        println!("{}: {row:?}", product.text(0).unwrap_or_default());
    }
    for parked in earnings.parked(None, 100).await? {
        let product = parked.key.text(0).unwrap_or_default();
        println!("{product} is parked: {}", parked.reason);
    }
    running.stop().await;
    store.close().await;
    Ok(())
}
