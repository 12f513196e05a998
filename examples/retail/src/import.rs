//! Purchases into a store, many at a time, each once.

use std::sync::Arc;

use eventsource_core::{ExecuteError, Id, Metadata, Receipt, Repository, transact};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Basket, Discounted, ItemAdded, Line, Opened, Purchase, PurchaseError, Refusal};

/// So many baskets are on their way at a time; they share the fsyncs of the store.
const AT_A_TIME: usize = 256;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Baskets that were stored.
    pub new: u64,
    /// Baskets that had been stored before.
    pub known: u64,
    /// Events that were stored.
    pub events: u64,
}

/// Why an import was not finished. Begun again, it goes on where it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Purchase(#[from] PurchaseError),
    /// A basket is stored already, with other lines: one of the files was cut, or changed.
    #[error("basket {basket} is stored with {stored} events, but its lines here come to {here}")]
    OtherLines {
        /// Which.
        basket: u64,
        /// How many events are stored.
        stored: usize,
        /// How many there would be.
        here: usize,
    },
    /// A basket could not be stored.
    #[error("basket {basket} could not be stored")]
    Basket {
        /// Which.
        basket: u64,
        /// Why.
        source: ExecuteError<Refusal>,
    },
}

/// Stores each purchase as a basket, in a commit of its own, if it is not stored yet.
///
/// # Panics
///
/// When a decision does.
///
/// # Errors
///
/// The first [`ImportError`], after the baskets that were on their way are done.
pub async fn import(
    baskets: &Repository<Basket>,
    purchases: impl Iterator<Item = Result<Purchase, PurchaseError>>,
) -> Result<Imported, ImportError> {
    let mut run = Run::default();
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    for purchase in purchases {
        let purchase = match purchase {
            Ok(purchase) => purchase,
            Err(error) => {
                run.fail(error.into());
                break;
            }
        };
        let place = Arc::clone(&places)
            .acquire_owned()
            .await
            .expect("nobody closes it");
        let baskets = baskets.clone();
        run.tasks.spawn(async move {
            let stored = store(&baskets, &purchase).await;
            drop(place);
            judge(&purchase, stored)
        });
        run.count_finished();
        if run.failed.is_some() {
            break;
        }
    }
    run.finish().await
}

/// The tasks that are on their way, and what came of those that are not any more.
#[derive(Default)]
struct Run {
    tasks: JoinSet<Result<Receipt, ImportError>>,
    imported: Imported,
    failed: Option<ImportError>,
}

impl Run {
    fn count_finished(&mut self) {
        while let Some(done) = self.tasks.try_join_next() {
            self.count(done.expect("a task neither panics nor is aborted"));
        }
    }

    async fn finish(mut self) -> Result<Imported, ImportError> {
        while let Some(done) = self.tasks.join_next().await {
            self.count(done.expect("a task neither panics nor is aborted"));
        }
        self.failed.map_or(Ok(self.imported), Err)
    }

    fn count(&mut self, done: Result<Receipt, ImportError>) {
        match done {
            Ok(receipt) if receipt.repeated => self.imported.known += 1,
            Ok(receipt) => {
                self.imported.new += 1;
                self.imported.events += u64::from(receipt.events);
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: ImportError) {
        self.failed.get_or_insert(error);
    }
}

/// What was stored before has to be what is stored now: the commit's id is the basket's, whatever
/// its lines.
fn judge(
    purchase: &Purchase,
    stored: Result<Receipt, ExecuteError<Refusal>>,
) -> Result<Receipt, ImportError> {
    let basket = purchase.basket;
    let receipt = stored.map_err(|source| ImportError::Basket { basket, source })?;
    let (stored, here) = (receipt.events as usize, events(purchase));
    if stored == here {
        Ok(receipt)
    } else {
        Err(ImportError::OtherLines {
            basket,
            stored,
            here,
        })
    }
}

/// To how many events a basket comes.
fn events(purchase: &Purchase) -> usize {
    let discounted = purchase.lines.iter().filter(|line| discount(line).is_any());
    2 + purchase.lines.len() + discounted.count()
}

/// A basket is opened, filled, discounted and checked out in one commit, whose id is the basket's:
/// so it is stored once however often it comes.
async fn store(
    baskets: &Repository<Basket>,
    purchase: &Purchase,
) -> Result<Receipt, ExecuteError<Refusal>> {
    let id = Id::from_name(&purchase.basket.to_string());
    let Purchase {
        basket,
        household,
        shop,
        at,
        lines,
    } = purchase;
    transact(baskets.at(id), |draft| {
        let (basket, household, shop, at) = (*basket, *household, *shop, *at);
        draft.decide(|it| {
            it.open(Opened {
                basket,
                household,
                shop,
                at,
            })
        })?;
        for line in lines {
            draft.decide(|basket| basket.add(item(line)))?;
            draft.decide(|basket| basket.discount(discount(line)))?;
        }
        draft.decide(Basket::check_out)
    })
    .commit_id(id.uuid())
    .metadata(Metadata::new().occurred_at(*at))
    .await
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
