//! The cart.

use std::collections::BTreeMap;

use eventsource_core::{Aggregate, Apply, Handle, event};
use serde::{Deserialize, Serialize};

use super::{Email, Product};

/// The largest quantity of one product in a cart.
const MOST: u32 = 99;

/// The events of a cart. Each event has all that its readers need, such as the price of a product at that
/// time: prices change, facts do not.
#[event(sample = Self::samples)]
pub enum CartEvent {
    /// A product that was not in the cart was added.
    ItemAdded {
        /// The product.
        sku: String,
        /// The quantity.
        quantity: u32,
        /// The price of one piece.
        cents: u64,
    },
    /// More of a product in the cart was added.
    #[event(unread = "what is paid says how many there are in the end")]
    QuantityChanged {
        /// The product.
        sku: String,
        /// The new quantity.
        quantity: u32,
    },
    /// A product was removed, with its whole quantity.
    ItemRemoved {
        /// The product.
        sku: String,
    },
    /// The cart was paid.
    CheckedOut {
        /// The address for the receipt.
        email: String,
        /// The products that were bought.
        lines: Vec<Line>,
    },
}

impl CartEvent {
    /// The examples for the catalogue.
    fn samples() -> [Self; 4] {
        let (sku, email) = ("tea".to_owned(), "ann@example.org".to_owned());
        let (quantity, cents) = (2, 690);
        let line = Line {
            sku: sku.clone(),
            quantity: 3,
            cents,
        };
        [
            Self::ItemAdded {
                sku: sku.clone(),
                quantity,
                cents,
            },
            Self::QuantityChanged {
                sku: sku.clone(),
                quantity: 3,
            },
            Self::ItemRemoved { sku },
            Self::CheckedOut {
                email,
                lines: vec![line],
            },
        ]
    }
}

/// A product in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product.
    pub sku: String,
    /// The quantity.
    pub quantity: u32,
    /// The price of one piece.
    pub cents: u64,
}

impl Line {
    /// The price of the line.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.cents.saturating_mul(self.quantity.into())
    }
}

/// A cart. Once it is paid, it cannot change any more.
#[derive(Aggregate, Debug, Default)]
#[aggregate(event = CartEvent, commands(AddItem, RemoveItem, CheckOut))]
pub struct Cart {
    lines: BTreeMap<String, Line>,
    checked_out: bool,
}

/// Adds a product.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct AddItem {
    /// The product.
    pub product: Product,
    /// The quantity.
    pub quantity: u32,
}

/// Removes a product, with its whole quantity.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct RemoveItem {
    /// The product.
    pub sku: String,
}

/// Pays for the products in the cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct CheckOut {
    /// The address for the receipt.
    pub email: Email,
}

/// The reason why a cart refuses a command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartRefusal {
    /// The cart is paid.
    #[error("the cart is checked out and cannot be changed any more")]
    CheckedOut,
    /// The quantity of a product would be too large.
    #[error("there would be {0} × {1} in the cart; at most {MOST} go in")]
    TooMany(u32, String),
    /// The product to remove is not in the cart.
    #[error("there is no {0} in the cart")]
    NotInCart(String),
    /// The cart is empty.
    #[error("the cart is empty")]
    Empty,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, event: CartEvent) {
        match event {
            CartEvent::ItemAdded {
                sku,
                quantity,
                cents,
            } => {
                let line = Line {
                    sku: sku.clone(),
                    quantity,
                    cents,
                };
                self.lines.insert(sku, line);
            }
            CartEvent::QuantityChanged { sku, quantity } => {
                if let Some(line) = self.lines.get_mut(&sku) {
                    line.quantity = quantity;
                }
            }
            CartEvent::ItemRemoved { sku } => drop(self.lines.remove(&sku)),
            CartEvent::CheckedOut { .. } => self.checked_out = true,
        }
    }
}

impl Cart {
    /// The lines of the cart.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// The price of the cart.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lines().map(Line::total).fold(0, u64::saturating_add)
    }

    /// Whether it is paid.
    #[must_use]
    pub fn is_checked_out(&self) -> bool {
        self.checked_out
    }

    fn check_open(&self) -> Result<(), CartRefusal> {
        if self.checked_out {
            return Err(CartRefusal::CheckedOut);
        }
        Ok(())
    }
}

impl Handle<AddItem> for Cart {
    type Events = CartEvent;
    type Error = CartRefusal;

    fn handle(&self, AddItem { product, quantity }: &AddItem) -> Result<CartEvent, CartRefusal> {
        self.check_open()?;
        let sku = product.sku.to_owned();
        let line = self.lines.get(&sku);
        let sum = line
            .map_or(0, |line| line.quantity)
            .saturating_add(*quantity);
        match line {
            _ if sum > MOST => Err(CartRefusal::TooMany(sum, product.name.to_owned())),
            Some(_) => Ok(CartEvent::QuantityChanged { sku, quantity: sum }),
            None => Ok(CartEvent::ItemAdded {
                sku,
                quantity: *quantity,
                cents: product.cents,
            }),
        }
    }
}

impl Handle<RemoveItem> for Cart {
    type Events = CartEvent;
    type Error = CartRefusal;

    fn handle(&self, RemoveItem { sku }: &RemoveItem) -> Result<CartEvent, CartRefusal> {
        self.check_open()?;
        let sku = sku.clone();
        match self.lines.get(&sku) {
            Some(_) => Ok(CartEvent::ItemRemoved { sku }),
            None => Err(CartRefusal::NotInCart(sku)),
        }
    }
}

impl Handle<CheckOut> for Cart {
    type Events = CartEvent;
    type Error = CartRefusal;

    fn handle(&self, CheckOut { email }: &CheckOut) -> Result<CartEvent, CartRefusal> {
        self.check_open()?;
        if self.lines.is_empty() {
            return Err(CartRefusal::Empty);
        }
        Ok(CartEvent::CheckedOut {
            email: email.to_string(),
            lines: self.lines().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests;
