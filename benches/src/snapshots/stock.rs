//! An aggregate with snapshots.

use std::collections::BTreeMap;

use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The number of events between two snapshots.
pub(super) const EVERY: u32 = 100;

#[event]
pub(super) enum StockEvent {
    Counted { sku: String, pieces: u32 },
}

/// The pieces of each item.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[aggregate(event = StockEvent, category = "basket", snapshot(every = 100, version = 1))]
pub(super) struct Stock {
    items: BTreeMap<String, u32>,
}

impl Stock {
    pub(super) fn count(&mut self, sku: String, pieces: u32) {
        self.items.insert(sku, pieces);
    }

    /// The state after so many events.
    pub(super) fn after(events: u32) -> Self {
        let mut stock = Self::default();
        (0..events).for_each(|n| stock.apply(counted(n)));
        stock
    }
}

impl Apply<StockEvent> for Stock {
    fn apply(&mut self, event: StockEvent) {
        let StockEvent::Counted { sku, pieces } = event;
        self.count(sku, pieces);
    }
}

/// The `n`th of a row of events.
pub(super) fn counted(n: u32) -> StockEvent {
    StockEvent::Counted {
        sku: format!("SKU-{n:06}"),
        pieces: n % 7,
    }
}

/// The event by hand.
#[derive(Deserialize)]
struct Counted {
    sku: String,
    pieces: u32,
}

/// Reads an event by hand into a state.
pub(super) fn apply_json(stock: &mut Stock, name: &str, json: &[u8]) -> Result<()> {
    if name != "stock.counted" {
        return Err(format!("unknown event {name}").into());
    }
    let Counted { sku, pieces } = serde_json::from_slice(json)?;
    stock.count(sku, pieces);
    Ok(())
}
