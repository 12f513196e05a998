//! The demand for a product.

use eventsource_core::{Key, ProjectAt, Projection, Recorded};
use serde::{Deserialize, Serialize};

use super::{CartEvent, Line};

/// The demand for a product over all carts, which no table of current carts could show.
#[derive(Projection, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(
    name = "demand",
    version = 1,
    keys = Self::products,
    columns(sku),
    event = CartEvent(ItemAdded, ItemRemoved, CheckedOut)
)]
#[non_exhaustive]
pub struct Demand {
    /// The number of unpaid carts that contain it.
    pub in_carts: i64,
    /// The number of times it was removed from a cart.
    pub removals: u64,
    /// The number of pieces sold.
    pub sold: u64,
    /// The sum that was paid for them.
    pub revenue_cents: u64,
}

impl Demand {
    fn products(event: &CartEvent) -> Vec<&str> {
        match event {
            CartEvent::ItemAdded { sku, .. } | CartEvent::ItemRemoved { sku } => vec![sku],
            CartEvent::CheckedOut { lines, .. } => {
                lines.iter().map(|line| line.sku.as_str()).collect()
            }
            CartEvent::QuantityChanged { .. } => Vec::new(),
        }
    }
}

/// The revenue of a product overflows. The event is not skipped: it parks the product until an operator
/// resolves it, and the numbers of other products continue.
#[derive(Debug, thiserror::Error)]
#[error("more was paid for it than can be counted")]
#[non_exhaustive]
pub struct TooMuch;

impl ProjectAt<CartEvent, Result<(), TooMuch>> for Demand {
    fn project_at(&mut self, key: &Key, recorded: &Recorded<CartEvent>) -> Result<(), TooMuch> {
        match &recorded.event {
            CartEvent::ItemAdded { .. } => self.in_carts += 1,
            CartEvent::ItemRemoved { .. } => {
                self.in_carts -= 1;
                self.removals += 1;
            }
            CartEvent::CheckedOut { lines, .. } => {
                self.in_carts -= 1;
                let bought = |line: &&Line| Some(line.sku.as_str()) == key.text(0).as_deref();
                for line in lines.iter().filter(bought) {
                    self.sold += u64::from(line.quantity);
                    let revenue = self.revenue_cents.checked_add(line.total());
                    self.revenue_cents = revenue.ok_or(TooMuch)?;
                }
            }
            CartEvent::QuantityChanged { .. } => {}
        }
        Ok(())
    }
}
