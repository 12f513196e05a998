use std::convert::Infallible;

use eventsource_core::{Aggregate, Apply, Handle, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

mod shop {
    pub struct AddItem {
        pub sku: String,
    }
}

impl Handle<shop::AddItem> for Cart {
    type Events = CartEvent;
    type Error = Infallible;

    fn handle(&self, command: &shop::AddItem) -> Result<CartEvent, Infallible> {
        Ok(CartEvent::ItemAdded { sku: command.sku.clone() })
    }
}

#[event]
pub struct LampLit;

#[derive(Aggregate, Default)]
#[aggregate(events(LampLit), commands(shop::AddItem))]
pub struct Lamp;

impl Apply<LampLit> for Lamp {
    fn apply(&mut self, _: LampLit) {}
}

fn main() {}
