//! The aggregate that most workloads are about.

use eventsource_core::codec::PayloadContext;
use eventsource_core::event::AnyEvent;
use eventsource_core::store::NewEvent;
use eventsource_core::{Aggregate, Apply, Codec, StreamId, event};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The events of a basket.
#[event]
pub(crate) enum BasketEvent {
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

/// A fold that costs next to nothing, so that the figures are those of what surrounds it.
#[derive(Aggregate, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[aggregate(event = BasketEvent)]
pub(crate) struct Basket {
    pub(crate) added: u64,
    pub(crate) removed: u64,
    pub(crate) cents: u64,
    pub(crate) letters: usize,
}

impl Apply<BasketEvent> for Basket {
    fn apply(&mut self, event: BasketEvent) {
        match event {
            BasketEvent::ItemAdded {
                sku,
                quantity,
                cents,
            } => self.item_added(&sku, quantity, cents),
            BasketEvent::ItemRemoved { sku, quantity } => self.item_removed(&sku, quantity),
            BasketEvent::NoteLeft { text } => self.note_left(&text),
        }
    }
}

/// The fold, for events of whichever type.
impl Basket {
    pub(crate) fn item_added(&mut self, sku: &str, quantity: u32, cents: u64) {
        self.added += u64::from(quantity);
        self.cents += cents;
        self.letters += sku.len();
    }

    pub(crate) fn item_removed(&mut self, sku: &str, quantity: u32) {
        self.removed += u64::from(quantity);
        self.letters += sku.len();
    }

    pub(crate) fn note_left(&mut self, text: &str) {
        self.letters += text.len();
    }

    pub(crate) fn add(&self, sku: &str, quantity: u32) -> Result<BasketEvent, TooMany> {
        self.check(quantity)?;
        Ok(BasketEvent::ItemAdded {
            sku: sku.to_owned(),
            quantity,
            cents: 100,
        })
    }

    pub(crate) fn check(&self, quantity: u32) -> Result<(), TooMany> {
        if self.added + u64::from(quantity) < 1_000_000 {
            Ok(())
        } else {
            Err(TooMany)
        }
    }
}

/// The basket is full.
#[derive(Debug, thiserror::Error)]
#[error("a basket cannot be that large")]
pub(crate) struct TooMany;

/// The `n`th of a row of events.
pub(crate) fn sample(n: u32) -> BasketEvent {
    let (sku, quantity, cents) = (
        format!("SKU-{:06}", n % 50_000),
        n % 7 + 1,
        u64::from(n) * 3,
    );
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
pub(crate) fn folded(samples: impl IntoIterator<Item = u32>) -> Basket {
    let mut basket = Basket::default();
    samples.into_iter().for_each(|n| basket.apply(sample(n)));
    basket
}

/// An event as a store takes it.
pub(crate) fn encoded(stream: &StreamId, event: &BasketEvent, codec: Codec) -> Result<NewEvent> {
    let of = event.event_type();
    let payload = event.encode(&PayloadContext::new(stream, of.name, of.version, codec))?;
    Ok(NewEvent::new(
        stream.clone(),
        of.name,
        of.version,
        codec,
        payload,
    ))
}
