//! A basket at the till.

use eventsource_core::{Aggregate, Apply, Timestamp, event};

/// A household came to the till.
#[event(name = "basket.opened")]
pub struct Opened {
    /// The number of the basket.
    pub basket: u64,
    /// The household.
    pub household: u32,
    /// The shop.
    pub shop: u32,
    /// The time of the purchase.
    pub at: Timestamp,
}

/// A product was scanned.
#[event(name = "basket.item-added")]
pub struct ItemAdded {
    /// The product.
    pub product: u32,
    /// The number of pieces; 0 for a line that only carries an amount.
    pub quantity: u64,
    /// The price.
    pub cents: u64,
}

/// The product that was scanned last got a discount.
#[event(
    name = "basket.discounted",
    unread = "the totals of a year are folded from the events themselves"
)]
pub struct Discounted {
    /// The shop's own discount.
    pub retail_cents: u64,
    /// The maker's coupon.
    pub coupon_cents: u64,
    /// The shop's addition to the coupon.
    pub coupon_match_cents: u64,
}

/// The basket was paid.
#[event(name = "basket.checked-out")]
pub struct CheckedOut {
    /// The sum of the basket.
    pub cents: u64,
}

impl Discounted {
    /// Whether there is any discount.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.retail_cents > 0 || self.coupon_cents > 0 || self.coupon_match_cents > 0
    }
}

/// A basket at the till.
#[derive(Aggregate, Debug, Default)]
#[aggregate(events(Opened, ItemAdded, Discounted, CheckedOut))]
pub struct Basket {
    open: bool,
    items: u64,
    cents: u64,
    checked_out: bool,
}

/// The reason why the till refuses a command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The basket is not open.
    #[error("the basket is not open")]
    NotOpen,
    /// The basket is open already.
    #[error("the basket is open already")]
    AlreadyOpen,
    /// The basket is paid.
    #[error("the basket is checked out")]
    CheckedOut,
    /// The basket is empty.
    #[error("the basket is empty")]
    Empty,
    /// The sum would overflow.
    #[error("the basket costs too much")]
    TooMuch,
}

impl Apply<Opened> for Basket {
    fn apply(&mut self, _: Opened) {
        self.open = true;
    }
}

impl Apply<ItemAdded> for Basket {
    fn apply(&mut self, event: ItemAdded) {
        self.items += 1;
        self.cents += event.cents;
    }
}

impl Apply<Discounted> for Basket {
    fn apply(&mut self, _: Discounted) {}
}

impl Apply<CheckedOut> for Basket {
    fn apply(&mut self, _: CheckedOut) {
        self.checked_out = true;
    }
}

impl Basket {
    /// Opens the basket.
    ///
    /// # Errors
    ///
    /// [`Refusal::AlreadyOpen`].
    pub fn open(&self, opened: Opened) -> Result<Opened, Refusal> {
        if self.open {
            Err(Refusal::AlreadyOpen)
        } else {
            Ok(opened)
        }
    }

    /// Scans a product.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn add(&self, item: ItemAdded) -> Result<ItemAdded, Refusal> {
        self.check_open()?;
        match self.cents.checked_add(item.cents) {
            Some(_) => Ok(item),
            None => Err(Refusal::TooMuch),
        }
    }

    /// Discounts the last product, if there is any discount.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn discount(&self, discount: Discounted) -> Result<Option<Discounted>, Refusal> {
        self.check_filled()?;
        Ok(discount.is_any().then_some(discount))
    }

    /// Checks the basket out.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn check_out(&self) -> Result<CheckedOut, Refusal> {
        self.check_filled()?;
        Ok(CheckedOut { cents: self.cents })
    }

    fn check_filled(&self) -> Result<(), Refusal> {
        self.check_open()?;
        if self.items == 0 {
            Err(Refusal::Empty)
        } else {
            Ok(())
        }
    }

    fn check_open(&self) -> Result<(), Refusal> {
        match (self.open, self.checked_out) {
            (false, _) => Err(Refusal::NotOpen),
            (true, true) => Err(Refusal::CheckedOut),
            (true, false) => Ok(()),
        }
    }
}
