//! The totals of the stored baskets.

use std::collections::HashSet;
use std::fmt;

use eventsource_core::codec::DecodeError;
use eventsource_core::store::ReadLog;
use eventsource_core::{
    EventStore, Filter, Horizon, Position, Query, ReadError, Recorded, Timestamp,
};

use super::BasketEvent;

/// A fold over all baskets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of scanned items.
    pub lines: u64,
    /// The number of baskets that were checked out.
    pub baskets: u64,
    /// The households.
    pub households: HashSet<u32>,
    /// The products.
    pub products: HashSet<u32>,
    /// The shops.
    pub shops: HashSet<u32>,
    /// The number of pieces.
    pub quantity: u128,
    /// The amount that the shop received.
    pub cents: u128,
    /// The amount of coupons.
    pub coupon_cents: u128,
    /// The first purchase.
    pub first: Option<Timestamp>,
    /// The last one.
    pub last: Option<Timestamp>,
}

/// The error of computing totals.
#[derive(Debug, thiserror::Error)]
pub enum TotalsError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event could not be read.
    #[error("the event at position {position} cannot be read")]
    Decode {
        /// The position of the event.
        position: Position,
        /// The cause.
        source: DecodeError,
    },
}

/// Reads every event of every basket; `progress` receives the current position and the last one.
///
/// # Errors
///
/// [`TotalsError`].
pub async fn totals(
    store: &dyn EventStore,
    mut progress: impl FnMut(Position, Position),
) -> Result<Totals, TotalsError> {
    let head = store.head().await?;
    let (mut totals, mut after) = (Totals::default(), Horizon::START);
    while after.position().offset() < head.position().offset() {
        let baskets = Query::from(Filter::new().category("basket"));
        let page = store
            .read(ReadLog::new(baskets).after(after).limit(5_000))
            .await?;
        for stored in page.events() {
            let position = stored.position;
            Recorded::decode(&stored, &mut |event| totals.add(&event))
                .map_err(|source| TotalsError::Decode { position, source })?;
        }
        after = page.through();
        progress(after.position(), head.position());
    }
    Ok(totals)
}

impl Totals {
    fn add(&mut self, recorded: &Recorded<BasketEvent>) {
        match &recorded.event {
            BasketEvent::Opened(opened) => {
                self.households.insert(opened.household);
                self.shops.insert(opened.shop);
                self.first = Some(self.first.map_or(opened.at, |first| first.min(opened.at)));
                self.last = self.last.max(Some(opened.at));
            }
            BasketEvent::ItemAdded(item) => {
                self.lines += 1;
                self.products.insert(item.product);
                self.quantity += u128::from(item.quantity);
                self.cents += u128::from(item.cents);
            }
            BasketEvent::Discounted(discounted) => {
                self.coupon_cents += u128::from(discounted.coupon_cents);
            }
            BasketEvent::CheckedOut(_) => self.baskets += 1,
        }
    }
}

/// A table.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
        writeln!(f, "lines             {:>12}", self.lines)?;
        writeln!(f, "baskets           {:>12}", self.baskets)?;
        writeln!(f, "households        {:>12}", self.households.len())?;
        writeln!(f, "products          {:>12}", self.products.len())?;
        writeln!(f, "stores            {:>12}", self.shops.len())?;
        writeln!(f, "quantity          {:>12}", self.quantity)?;
        writeln!(f, "sales, cents      {:>12}", self.cents)?;
        writeln!(f, "coupons, cents    {:>12}", self.coupon_cents)?;
        writeln!(f, "first             {:>12}", time(self.first))?;
        writeln!(f, "last              {:>12}", time(self.last))
    }
}
