//! A shop whose items are registered by the macros. Linking it is enough; no test calls it.

use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, Follow, Handle, Key, Project, Projection, React, Reactor, Recorded,
    RowChange, event,
};
use serde::{Deserialize, Serialize};

/// An item was put into the cart.
#[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
pub struct ItemAdded {
    /// The item.
    pub sku: String,
    /// The number of pieces.
    pub quantity: u32,
    /// A field that is never compiled.
    #[cfg(any())]
    pub color: String,
}

/// Version 1: a cart had at most one piece of each item.
#[event(name = "cart.item-added")]
pub struct ItemAddedV1 {
    /// The item.
    pub sku: String,
}

impl From<ItemAddedV1> for ItemAdded {
    fn from(ItemAddedV1 { sku }: ItemAddedV1) -> Self {
        Self { sku, quantity: 1 }
    }
}

/// The cart was paid.
#[event(name = "cart.checked-out", unread = "the bank knows")]
pub struct CheckedOut;

/// The items were sent.
#[event(name = "cart.posted", sample = Self::sample)]
pub struct Posted {
    /// The post code of the receiver.
    pub to: PostCode,
}

impl Posted {
    fn sample() -> [Self; 1] {
        let to = PostCode("ZZ-04109".to_owned());
        [Self { to }]
    }
}

/// A code that no generated value satisfies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PostCode(String);

impl TryFrom<String> for PostCode {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        let is_code = code.starts_with("ZZ-") && code.len() == 8;
        is_code.then_some(Self(code)).ok_or("no post code")
    }
}

/// A cart.
#[derive(Aggregate, Default)]
#[aggregate(
    events(ItemAdded, CheckedOut),
    commands(AddItem, CheckOut, LookAround, DoAnything, AddAndCheckOut),
    ignores("cart.painted")
)]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

impl Apply<CheckedOut> for Cart {
    fn apply(&mut self, _: CheckedOut) {}
}

/// Puts an item into the cart.
pub struct AddItem<'a> {
    /// The item.
    pub sku: &'a str,
}

impl Handle<AddItem<'_>> for Cart {
    type Events = [ItemAdded; 1];
    type Error = Infallible;

    fn handle(&self, AddItem { sku }: &AddItem<'_>) -> Result<Self::Events, Infallible> {
        let (sku, quantity) = ((*sku).to_owned(), 1);
        Ok([ItemAdded { sku, quantity }])
    }
}

/// Pays, if there is something to pay.
pub struct CheckOut;

impl Handle<CheckOut> for Cart {
    type Events = Option<CheckedOut>;
    type Error = Infallible;

    fn handle(&self, _: &CheckOut) -> Result<Self::Events, Infallible> {
        Ok(Some(CheckedOut))
    }
}

/// Does nothing.
pub struct LookAround;

impl Handle<LookAround> for Cart {
    type Events = ();
    type Error = Infallible;

    fn handle(&self, _: &LookAround) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A command with any events.
pub struct DoAnything;

impl Handle<DoAnything> for Cart {
    type Events = Vec<CartEvent>;
    type Error = Infallible;

    fn handle(&self, _: &DoAnything) -> Result<Self::Events, Infallible> {
        Ok(Vec::new())
    }
}

/// Adds items and pays at once.
pub struct AddAndCheckOut;

impl Handle<AddAndCheckOut> for Cart {
    type Events = (Vec<ItemAdded>, CheckedOut, Option<CheckedOut>);
    type Error = Infallible;

    fn handle(&self, _: &AddAndCheckOut) -> Result<Self::Events, Infallible> {
        Ok((Vec::new(), CheckedOut, None))
    }
}

/// The events of a lamp.
#[event]
pub enum LampEvent {
    /// The lamp was switched on.
    SwitchedOn,
    /// The lamp was switched off.
    SwitchedOff {
        /// The room.
        r#in: String,
    },
    /// A variant that is never compiled.
    #[cfg(any())]
    Exploded,
    /// The lamp flickered.
    #[event(unread = "for the electrician")]
    Flickered(u8, #[cfg(any())] u16),
}

/// The demand for an item.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", version = 3, key = root_id, events(ItemAdded, LampEvent(SwitchedOff)))]
pub struct Demand;

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Project<LampEvent> for Demand {
    fn project(&mut self, _: &Recorded<LampEvent>) {}
}

/// The items with the highest demand.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "best-sellers", key = Self::key, follows = Demand)]
pub struct BestSellers;

impl BestSellers {
    fn key(_: &RowChange<Demand>) -> &'static str {
        "all"
    }
}

impl Follow<Demand> for BestSellers {
    fn follow(&mut self, _: &Key, _: &RowChange<Demand>) {}
}

/// Sends a receipt through a channel.
#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut, LampEvent))]
pub struct Receipts<M: Send + Sync + 'static> {
    /// The channel.
    pub mail: M,
}

impl<M: Send + Sync + 'static> React<CheckedOut> for Receipts<M> {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<M: Send + Sync + 'static> React<LampEvent> for Receipts<M> {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<LampEvent>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}
