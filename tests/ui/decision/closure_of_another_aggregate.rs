use eventsource_core::{Aggregate, Apply, Id, Repository, event};

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

async fn pay(carts: Repository<Cart>) {
    let _ = carts
        .execute(Id::new(), |_| Ok::<_, ()>(OrderEvent::Paid))
        .await;
}

fn main() {}
