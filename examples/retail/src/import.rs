//! The import of purchases into a store, many at a time, each once, with the time of the purchase.

use eventsource_core::repository::{ImportFailure, ImportHistoryError, ImportReport, PastCommit};
use eventsource_core::{AppendError, Apply, Id, IntoEvents, Repository};

use super::{
    Basket, BasketEvent, Discounted, ItemAdded, Line, Opened, Purchase, PurchaseError, Refusal,
};

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Baskets that were stored.
    pub new: u64,
    /// Baskets that had been stored before.
    pub known: u64,
    /// Events that were stored.
    pub events: u64,
}

/// The error of an import. If it is run again, it continues.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Purchase(#[from] PurchaseError),
    /// A basket is stored already, with other lines: one of the files was cut, or changed.
    #[error("basket {basket} is stored with other lines than it has here")]
    OtherLines {
        /// The basket.
        basket: u64,
    },
    /// The till refuses a basket.
    #[error("basket {basket} is refused")]
    Refused {
        /// The basket.
        basket: u64,
        /// The cause.
        source: Refusal,
    },
    /// A basket could not be stored.
    #[error("basket {basket} could not be stored")]
    Basket {
        /// The basket.
        basket: u64,
        /// The cause.
        source: ImportFailure,
    },
}

/// Stores each purchase as a basket, in a commit of its own, if it is not stored yet. The store has it as
/// of the time of the purchase.
///
/// # Errors
///
/// The first [`ImportError`], after the baskets before it are stored.
pub async fn import(
    baskets: &Repository<Basket>,
    purchases: impl Iterator<Item = Result<Purchase, PurchaseError>>,
) -> Result<Imported, ImportError> {
    let (mut numbers, mut failed) = (Vec::new(), None);
    let commits = purchases.map_while(|purchase| match read(purchase) {
        Ok((basket, commit)) => {
            numbers.push(basket);
            Some(commit)
        }
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    let report = baskets.import(commits).await;
    let report = report.map_err(|error| explain(error, &numbers))?;
    failed.map_or(Ok(report.into()), Err)
}

fn read(
    purchase: Result<Purchase, PurchaseError>,
) -> Result<(u64, PastCommit<Basket>), ImportError> {
    let purchase = purchase?;
    let basket = purchase.basket;
    let history = history(&purchase);
    let history = history.map_err(|source| ImportError::Refused { basket, source })?;
    Ok((basket, history))
}

/// Names the basket of the commit that failed: the one behind those that are stored.
fn explain(error: ImportHistoryError, numbers: &[u64]) -> ImportError {
    let before = error.report.stored + error.report.repeated;
    let before = usize::try_from(before).expect("so many are in memory");
    let basket = numbers[before];
    match error.source {
        ImportFailure::Append(AppendError::CommitIdReused { .. }) => {
            ImportError::OtherLines { basket }
        }
        source => ImportError::Basket { basket, source },
    }
}

impl From<ImportReport> for Imported {
    fn from(report: ImportReport) -> Self {
        Self {
            new: report.stored,
            known: report.repeated,
            events: report.events,
        }
    }
}

/// A basket is opened, filled, discounted and checked out in one commit, whose id is the basket's:
/// so it is stored once, even if it is imported several times.
fn history(purchase: &Purchase) -> Result<PastCommit<Basket>, Refusal> {
    let id = Id::from_name(&purchase.basket.to_string());
    let mut till = Till::default();
    till.decide(|basket| basket.open(opened(purchase)))?;
    for line in &purchase.lines {
        till.decide(|basket| basket.add(item(line)))?;
        till.decide(|basket| basket.discount(discount(line)))?;
    }
    till.decide(Basket::check_out)?;
    Ok(PastCommit::new(id.uuid(), id, purchase.at, till.events))
}

/// A basket at the till, with the events so far.
#[derive(Default)]
struct Till {
    basket: Basket,
    events: Vec<BasketEvent>,
}

impl Till {
    fn decide<V: IntoEvents<BasketEvent>>(
        &mut self,
        decide: impl FnOnce(&Basket) -> Result<V, Refusal>,
    ) -> Result<(), Refusal> {
        let before = self.events.len();
        decide(&self.basket)?.append_to(&mut self.events);
        for event in &self.events[before..] {
            self.basket.apply(event.clone());
        }
        Ok(())
    }
}

fn opened(purchase: &Purchase) -> Opened {
    Opened {
        basket: purchase.basket,
        household: purchase.household,
        shop: purchase.shop,
        at: purchase.at,
    }
}

fn item(line: &Line) -> ItemAdded {
    ItemAdded {
        product: line.product,
        quantity: line.quantity,
        cents: line.cents,
    }
}

fn discount(line: &Line) -> Discounted {
    Discounted {
        retail_cents: line.retail_discount,
        coupon_cents: line.coupon_discount,
        coupon_match_cents: line.coupon_match_discount,
    }
}
