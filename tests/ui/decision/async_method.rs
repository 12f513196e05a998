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

impl Cart {
    async fn check_out(&self) -> Result<CartEvent, String> {
        Ok(CartEvent::CheckedOut)
    }
}

async fn check_out(carts: Repository<Cart>) {
    let _ = carts.execute(Id::new(), |cart| cart.check_out()).await;
}

fn main() {}
