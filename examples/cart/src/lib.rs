use std::collections::BTreeMap;

use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String, quantity: u32 },
    ItemRemoved { sku: String },
    ShippingEntered { address: String },
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart {
    pub items: BTreeMap<String, u32>,
    pub address: Option<String>,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum CartError {
    #[error("the cart has no {0}")]
    NotInCart(String),
    #[error("an empty cart cannot be shipped")]
    Empty,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, event: CartEvent) {
        match event {
            CartEvent::ItemAdded { sku, quantity } => {
                let count = self.items.entry(sku).or_default();
                *count = count.saturating_add(quantity);
            }
            CartEvent::ItemRemoved { sku } => drop(self.items.remove(&sku)),
            CartEvent::ShippingEntered { address } => self.address = Some(address),
        }
    }
}

impl Cart {
    pub fn add(&self, sku: &str, quantity: u32) -> Result<CartEvent, CartError> {
        let sku = sku.to_owned();
        Ok(CartEvent::ItemAdded { sku, quantity })
    }

    pub fn remove(&self, sku: &str) -> Result<CartEvent, CartError> {
        let sku = sku.to_owned();
        if !self.items.contains_key(&sku) {
            return Err(CartError::NotInCart(sku));
        }
        Ok(CartEvent::ItemRemoved { sku })
    }

    pub fn ship_to(&self, address: &str) -> Result<CartEvent, CartError> {
        if self.items.is_empty() {
            return Err(CartError::Empty);
        }
        let address = address.to_owned();
        Ok(CartEvent::ShippingEntered { address })
    }
}
