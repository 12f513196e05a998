//! A basket at the till.

use eventsource_core::{Aggregate, Apply, Timestamp, event};

/// A household came to the till.
#[event(name = "basket.opened")]
pub struct Opened {
    /// The number of the basket.
    pub basket: u64,
    /// Who.
    pub household: u32,
    /// Where.
    pub shop: u32,
    /// When.
    pub at: Timestamp,
}

/// A product was put through.
#[event(name = "basket.item-added")]
pub struct ItemAdded {
    /// Which.
    pub product: u32,
    /// How many pieces; 0 for a line that only carries an amount.
    pub quantity: u64,
    /// What it cost.
    pub cents: u64,
}

/// The product that was put through last came cheaper.
#[event(
    name = "basket.discounted",
    unread = "the totals of a year are folded from the events themselves"
)]
pub struct Discounted {
    /// By the shop's own discount.
    pub retail_cents: u64,
    /// By the maker's coupon.
    pub coupon_cents: u64,
    /// By what the shop adds to the coupon.
    pub coupon_match_cents: u64,
}

/// The basket was paid.
#[event(name = "basket.checked-out")]
pub struct CheckedOut {
    /// What it came to.
    pub cents: u64,
}

impl Discounted {
    /// Whether it is a discount at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.retail_cents > 0 || self.coupon_cents > 0 || self.coupon_match_cents > 0
    }
}

/// What the till knows of a basket.
#[derive(Aggregate, Debug, Default)]
#[aggregate(events(Opened, ItemAdded, Discounted, CheckedOut))]
pub struct Basket {
    open: bool,
    items: u64,
    cents: u64,
    checked_out: bool,
}

/// Why the till does not do what it is asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no basket yet.
    #[error("the basket is not open")]
    NotOpen,
    /// There is one already.
    #[error("the basket is open already")]
    AlreadyOpen,
    /// It is paid.
    #[error("the basket is checked out")]
    CheckedOut,
    /// There is nothing in it.
    #[error("the basket is empty")]
    Empty,
    /// It costs more than can be counted.
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

    /// Puts a product through.
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

    /// Makes the last product cheaper, if there is a discount at all.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn discount(&self, discount: Discounted) -> Result<Option<Discounted>, Refusal> {
        self.check_filled()?;
        Ok(discount.is_any().then_some(discount))
    }

    /// Takes the money.
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
