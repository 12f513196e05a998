//! Orders, and a reactor that records their deliveries.

use std::sync::{Arc, Mutex};

use eventsource_core::{
    Aggregate, Apply, Delivery, Id, MemoryReadModels, MemoryStore, React, Reactor, ReadModelStore,
    Receipt, Recorded, Repository, Runner, event, uuid::Uuid,
};

#[event]
pub(crate) enum OrderEvent {
    Placed { number: u32 },
    Paid { number: u32 },
    Noted,
}

#[derive(Aggregate, Default)]
#[aggregate(event = OrderEvent)]
pub(crate) struct Order;

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, _: OrderEvent) {}
}

/// An event that a reactor received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveredEvent {
    pub(crate) order: Uuid,
    pub(crate) number: u32,
    pub(crate) delivery: Delivery,
}

/// Records the events of orders, and fails for some numbers until it is repaired.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "teller", event = OrderEvent(Placed, Paid))]
pub(crate) struct Teller {
    deliveries: Arc<Mutex<Vec<DeliveredEvent>>>,
    mended: Arc<Mutex<bool>>,
}

impl React<OrderEvent> for Teller {
    type Error = &'static str;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        let (OrderEvent::Placed { number } | OrderEvent::Paid { number }) = recorded.event else {
            unreachable!("only the variants that are listed")
        };
        self.deliveries.lock().unwrap().push(DeliveredEvent {
            order: recorded.root_id(),
            number,
            delivery: delivery.clone(),
        });
        tokio::task::yield_now().await;
        match number {
            _ if *self.mended.lock().unwrap() => Ok(()),
            666 => Err("an evil number"),
            777 => panic!("an unlucky number"),
            _ => Ok(()),
        }
    }
}

impl Teller {
    pub(crate) fn deliveries(&self) -> Vec<DeliveredEvent> {
        self.deliveries.lock().unwrap().clone()
    }

    pub(crate) fn mend(&self) {
        *self.mended.lock().unwrap() = true;
    }

    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.deliveries().iter().map(|it| it.number).collect()
    }
}

/// A store of events, and one of places.
#[derive(Clone, Default)]
pub(crate) struct Shop {
    pub(crate) store: MemoryStore,
    pub(crate) models: MemoryReadModels,
}

impl Shop {
    pub(crate) fn runner(&self) -> Runner {
        self.runner_on(self.models.clone())
    }

    pub(crate) fn runner_on(&self, models: impl ReadModelStore) -> Runner {
        Runner::new(self.store.clone(), models)
    }

    pub(crate) async fn place(&self, number: u32) {
        self.happened(Id::new(), &[OrderEvent::Placed { number }])
            .await;
    }

    pub(crate) async fn happened(&self, order: Id<Order>, events: &[OrderEvent]) -> Receipt {
        let orders = Repository::<Order>::new(self.store.clone());
        let happened = orders.execute(order, |_| Ok::<_, std::fmt::Error>(events.to_vec()));
        happened.await.unwrap()
    }
}
