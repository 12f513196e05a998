//! The aggregate of the benchmarks.

use std::convert::Infallible;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// The events of a basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BasketEvent {
    ItemAdded {
        sku: String,
        quantity: u32,
        cents: u64,
    },
    ItemRemoved {
        sku: String,
        quantity: u32,
    },
    NoteLeft {
        text: String,
    },
}

impl DomainEvent for BasketEvent {
    fn event_type(&self) -> String {
        match self {
            Self::ItemAdded { .. } => "ItemAdded",
            Self::ItemRemoved { .. } => "ItemRemoved",
            Self::NoteLeft { .. } => "NoteLeft",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

/// A fold that costs next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basket {
    added: u64,
    removed: u64,
    cents: u64,
    letters: usize,
}

impl Aggregate for Basket {
    const TYPE: &'static str = "basket";
    type Command = BasketEvent;
    type Event = BasketEvent;
    type Error = Infallible;
    type Services = ();

    async fn handle(
        &mut self,
        command: BasketEvent,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Infallible> {
        sink.write(command, self).await;
        Ok(())
    }

    fn apply(&mut self, event: BasketEvent) {
        match event {
            BasketEvent::ItemAdded {
                sku,
                quantity,
                cents,
            } => {
                self.added += u64::from(quantity);
                self.cents += cents;
                self.letters += sku.len();
            }
            BasketEvent::ItemRemoved { sku, quantity } => {
                self.removed += u64::from(quantity);
                self.letters += sku.len();
            }
            BasketEvent::NoteLeft { text } => self.letters += text.len(),
        }
    }
}

/// The `n`th of a row of events.
pub fn sample(n: u32) -> BasketEvent {
    let sku = format!("SKU-{:06}", n % 50_000);
    let (quantity, cents) = (n % 7 + 1, u64::from(n) * 3);
    match n % 4 {
        0 | 1 => BasketEvent::ItemAdded {
            sku,
            quantity,
            cents,
        },
        2 => BasketEvent::ItemRemoved { sku, quantity },
        _ => BasketEvent::NoteLeft {
            text: format!("please ring the bell at door number {quantity}"),
        },
    }
}

/// The state after samples.
pub fn folded(events: u32) -> Basket {
    let mut basket = Basket::default();
    (0..events).for_each(|n| basket.apply(sample(n)));
    basket
}
