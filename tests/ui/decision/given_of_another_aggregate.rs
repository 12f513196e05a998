use eventsource_core::testing::Scenario;
use eventsource_core::{Aggregate, Apply, event};

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

fn main() {
    let _ = Cart::given(OrderEvent::Paid);
}
