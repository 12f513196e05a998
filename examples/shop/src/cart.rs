//! A cart: what is put in, what is taken out, and what is paid.

use std::collections::BTreeMap;

use eventsource_core::{Aggregate, Apply, Handle, event};
use serde::{Deserialize, Serialize};

use super::{Email, Product};

/// So many of one product go into a cart.
const MOST: u32 = 99;

/// What can happen to a cart. Each event says all that its readers need, such as what a product
/// cost at that time: prices change, facts do not.
#[event(sample = Self::samples)]
pub enum CartEvent {
    /// A product that was not in the cart was put in.
    ItemAdded {
        /// Which product.
        sku: String,
        /// How many of it.
        quantity: u32,
        /// What one of them cost.
        cents: u64,
    },
    /// More were put in of what was in the cart already.
    #[event(unread = "what is paid says how many there are in the end")]
    QuantityChanged {
        /// Which product.
        sku: String,
        /// How many there are now.
        quantity: u32,
    },
    /// A product was taken out, all of it.
    ItemRemoved {
        /// Which product.
        sku: String,
    },
    /// The cart was paid.
    CheckedOut {
        /// Where the receipt goes.
        email: String,
        /// What was bought.
        lines: Vec<Line>,
    },
}

impl CartEvent {
    /// What the catalogue shows of them.
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
    /// Which product.
    pub sku: String,
    /// How many of it.
    pub quantity: u32,
    /// What one of them costs.
    pub cents: u64,
}

impl Line {
    /// What all of them cost.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.cents.saturating_mul(self.quantity.into())
    }
}

/// A cart that is paid does not change any more.
#[derive(Aggregate, Debug, Default)]
#[aggregate(event = CartEvent, commands(AddItem, RemoveItem, CheckOut))]
pub struct Cart {
    lines: BTreeMap<String, Line>,
    checked_out: bool,
}

/// Puts some of a product in.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks for it makes it")]
pub struct AddItem {
    /// Which product.
    pub product: Product,
    /// How many of it.
    pub quantity: u32,
}

/// Takes a product out, all of it.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks for it makes it")]
pub struct RemoveItem {
    /// Which product.
    pub sku: String,
}

/// Pays for what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks for it makes it")]
pub struct CheckOut {
    /// Where the receipt goes.
    pub email: Email,
}

/// Why a cart does not do what it is asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartRefusal {
    /// It is paid.
    #[error("the cart is checked out and cannot be changed any more")]
    CheckedOut,
    /// There would be too many of a product.
    #[error("there would be {0} × {1} in the cart; at most {MOST} go in")]
    TooMany(u32, String),
    /// What is to be taken out is not in it.
    #[error("there is no {0} in the cart")]
    NotInCart(String),
    /// There is nothing to be paid.
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
    /// What is in it.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// What all of it costs.
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
