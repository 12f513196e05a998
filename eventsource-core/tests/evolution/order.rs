//! Orders. Items were once added many at a time, and under another name; today one by one.

use eventsource_core::store::NewEvent;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Apply, EventStore, Id, Repository, StreamId, event};
use serde::{Deserialize, Serialize};

use crate::stored::{append, json};

/// A list of ordered items in one event: `tea 2,coffee 1`.
#[event(name = "order.items-added")]
pub(crate) struct ItemsAddedV1 {
    pub(crate) list: String,
}

/// One ordered item.
#[event(
    name = "order.item-added",
    version = 2,
    from = ItemsAddedV1,
    split,
    alias = "order.items-added"
)]
pub(crate) struct ItemAddedV2 {
    pub(crate) sku: String,
    pub(crate) quantity: String,
}

/// The quantity became a number, which is not in all that was stored.
#[event(
    name = "order.item-added",
    version = 3,
    try_from = ItemAddedV2,
    alias = "order.items-added"
)]
pub(crate) struct ItemAddedV3 {
    pub(crate) sku: String,
    pub(crate) quantity: u8,
}

/// Each piece by itself.
#[event(
    name = "order.item-added",
    version = 4,
    from = ItemAddedV3,
    split,
    alias = "order.items-added"
)]
pub(crate) struct ItemAdded {
    #[event(tag)]
    pub(crate) sku: String,
}

#[event(name = "order.placed")]
pub(crate) struct Placed;

impl From<ItemsAddedV1> for Vec<ItemAddedV2> {
    fn from(old: ItemsAddedV1) -> Self {
        let items = old.list.split_terminator(',').map(|item| {
            let (sku, quantity) = item.split_once(' ').unwrap_or((item, "1"));
            ItemAddedV2 {
                sku: sku.to_owned(),
                quantity: quantity.to_owned(),
            }
        });
        items.collect()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the quantity is no number")]
pub(crate) struct NoNumber;

impl TryFrom<ItemAddedV2> for ItemAddedV3 {
    type Error = NoNumber;

    fn try_from(old: ItemAddedV2) -> Result<Self, NoNumber> {
        Ok(Self {
            sku: old.sku,
            quantity: old.quantity.parse().map_err(|_| NoNumber)?,
        })
    }
}

impl From<ItemAddedV3> for Vec<ItemAdded> {
    fn from(old: ItemAddedV3) -> Self {
        let pieces = (0..old.quantity).map(|_| ItemAdded {
            sku: old.sku.clone(),
        });
        pieces.collect()
    }
}

#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(ItemAdded, Placed), snapshot(every = 3, version = 1))]
pub(crate) struct Order {
    pub(crate) pieces: Vec<String>,
    pub(crate) is_placed: bool,
}

impl Apply<ItemAdded> for Order {
    fn apply(&mut self, event: ItemAdded) {
        self.pieces.push(event.sku);
    }
}

impl Apply<Placed> for Order {
    fn apply(&mut self, Placed: Placed) {
        self.is_placed = true;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the order is placed")]
pub(crate) struct IsPlaced;

impl Order {
    /// Adds a piece, which is named by how many there are.
    pub(crate) fn add(&self) -> Result<ItemAdded, IsPlaced> {
        if self.is_placed {
            return Err(IsPlaced);
        }
        let sku = format!("number {}", self.pieces.len() + 1);
        Ok(ItemAdded { sku })
    }
}

pub(crate) fn orders(store: &(impl EventStore + Clone)) -> Repository<Order> {
    Repository::new(store.clone())
}

pub(crate) fn stream(order: Id<Order>) -> StreamId {
    StreamId::new("order", order.uuid())
}

/// The items as they were added at first.
pub(crate) fn list(stream: &StreamId, list: &str) -> NewEvent {
    let payload = format!(r#"{{"list":"{list}"}}"#);
    json(stream, "order.items-added", 1, &payload)
}

/// Stores lists of items, each in a commit, in a new order.
pub(crate) async fn listed(store: &impl EventStore, lists: &[&str]) -> Id<Order> {
    let order = Id::from_uuid(Uuid::now_v7());
    for items in lists {
        append(store, vec![list(&stream(order), items)]).await;
    }
    order
}
