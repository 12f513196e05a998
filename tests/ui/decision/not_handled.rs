use eventsource_core::{Aggregate, Apply, Id, Repository, event};

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

pub struct AddItem;

async fn add(carts: Repository<Cart>) {
    let _ = carts.handle(Id::new(), &AddItem).await;
}

fn main() {}
