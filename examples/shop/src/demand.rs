//! How much a product is asked for.

use eventsource_core::{Key, ProjectAt, Projection, Recorded};
use serde::{Deserialize, Serialize};

use super::{CartEvent, Line};

/// What became of a product in all carts. No table of current carts could tell.
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
    /// In so many carts that are not paid yet.
    pub in_carts: i64,
    /// So often it was taken out again.
    pub removals: u64,
    /// So many were paid.
    pub sold: u64,
    /// So much was paid for them.
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

/// More was paid for a product than can be counted. Such an event is not skipped: it waits, and the
/// product with it, until somebody sees to it; the numbers of the others go on.
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
