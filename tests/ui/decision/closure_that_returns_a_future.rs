use eventsource_core::{Aggregate, Apply, Id, Repository, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
    CheckedOut,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

async fn check_out(carts: Repository<Cart>) {
    let checked_out = |_: &Cart| async { Ok::<_, String>(CartEvent::CheckedOut) };
    let _ = carts.execute(Id::new(), checked_out).await;
}

fn main() {}
