//! Rows that follow other rows, and that catch up before they are followed.

use eventsource_core::runner::Pipeline;
use eventsource_core::{
    EventStore, Follow, Key, Project, Projection, ReadModelStore, Recorded, RowChange, Runner,
    Running,
};
use eventsource_simulation::{BoxError, FaultKind, Process, is_poisoned};
use serde::{Deserialize, Serialize};

use super::{OrderError, OrderEvent};

#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "sold", version = 1, key = Self::key, event = OrderEvent(Placed))]
pub(crate) struct Sold {
    orders: u64,
}

impl Sold {
    fn key(recorded: &Recorded<OrderEvent>) -> String {
        match &recorded.event {
            OrderEvent::Placed { sku, quantity } => format!("{sku} {quantity}"),
            _ => String::new(),
        }
    }
}

impl Project<OrderEvent> for Sold {
    fn project(&mut self, _: &Recorded<OrderEvent>) {
        self.orders += 1;
    }
}

/// The number of orders.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "all-sold", follows = Sold, key = Self::all, columns(all))]
pub(crate) struct AllSold {
    orders: i64,
}

impl AllSold {
    fn all(_: &RowChange<Sold>) -> i64 {
        0
    }
}

impl Follow<Sold, Result<(), OrderError>> for AllSold {
    fn follow(&mut self, _: &Key, change: &RowChange<Sold>) -> Result<(), OrderError> {
        let key = change.key.text(0).unwrap_or_default();
        if is_poisoned(FaultKind::PoisonHandler, &key) {
            return Err(OrderError::Poisoned);
        }
        let orders = |row: Option<&Sold>| row.map_or(0, |row| row.orders.cast_signed());
        self.orders += orders(change.after()) - orders(change.before());
        Ok(())
    }
}

/// Some programs begin when their rows are at the head.
pub(crate) async fn follow(
    process: &Process,
    store: impl EventStore + Clone,
    models: impl ReadModelStore + Clone,
) -> Result<Running, BoxError> {
    let runner = || {
        Runner::new(store.clone(), models.clone())
            .in_environment(process.environment())
            .in_pages_of(2)
            .run(Pipeline::of::<Sold>().followed_by::<AllSold>())
    };
    if process.draw("catches up").is_one_in(2) {
        let head = store.head().await?;
        // Another process may be the one that follows.
        if runner().catch_up().await.is_ok() {
            process.reached::<Sold>(head);
        }
    }
    Ok(runner().start().await?)
}
