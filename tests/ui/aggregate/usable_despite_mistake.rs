use eventsource_core::{Aggregate, Apply, MemoryStore, Repository, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(nothing = 1, events(ItemAdded, 3))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

fn main() {
    // No error here: the derive implements `Aggregate`, and writes the set, despite its mistakes.
    let _ = Repository::<Cart>::new(MemoryStore::new());
    let added = ItemAdded {
        sku: Cart::CATEGORY.into(),
    };
    Cart.apply(CartEvent::from(added));
}
