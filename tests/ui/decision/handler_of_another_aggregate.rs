use eventsource_core::{Aggregate, Apply, Handle, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[event]
pub enum OrderEvent {
    Paid,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

pub struct Pay;

impl Handle<Pay> for Cart {
    type Events = OrderEvent;
    type Error = ();

    fn handle(&self, _: &Pay) -> Result<OrderEvent, ()> {
        Ok(OrderEvent::Paid)
    }
}

fn main() {}
