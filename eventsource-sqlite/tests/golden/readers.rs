//! The readers of the events of today's shop: projections, a reactor, and a handler.

use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex};

use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Delivery, Follow, Key, Project, Projection, React, Reactor, Recorded, Repository, Row,
    RowChange,
};
use eventsource_sqlite::{SqliteHandler, SqliteStore, Transaction};
use serde::{Deserialize, Serialize};

use crate::now::{AccountEvent, CartEvent, CheckedOut, ItemAdded, Ledger, LedgerEvent};

/// Kept inline: no two accounts have one address.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "emails", version = 2, key = email, event = AccountEvent(Opened, Closed))]
pub(crate) struct Emails {
    owner: Option<Uuid>,
    in_version: u64,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the address is taken")]
pub(crate) struct EmailTaken;

impl Project<AccountEvent, Result<Row, EmailTaken>> for Emails {
    fn project(&mut self, recorded: &Recorded<AccountEvent>) -> Result<Row, EmailTaken> {
        if matches!(recorded.event, AccountEvent::Closed { .. }) {
            return Ok(Row::Delete);
        }
        if self.owner.is_some() {
            return Err(EmailTaken);
        }
        (self.owner, self.in_version) = (Some(recorded.root_id()), recorded.version());
        Ok(Row::Keep)
    }
}

/// The demand for items and the stock on the shelf for their letter and length: in a program that
/// fails for poison, and in a repaired one.
macro_rules! demands {
    ($($demand:ident $shelf:ident($refused:expr))*) => {
        $(#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[projection(name = "demand", version = 2, key = sku, events(ItemAdded))]
        pub(crate) struct $demand {
            pub(crate) quantity: u64,
            pub(crate) events: u64,
        }

        impl Project<ItemAdded, Result<(), &'static str>> for $demand {
            fn project(&mut self, recorded: &Recorded<ItemAdded>) -> Result<(), &'static str> {
                if $refused == Some(recorded.event.sku.as_str()) {
                    return Err("not for sale");
                }
                self.quantity += u64::from(recorded.event.quantity);
                self.events += 1;
                Ok(())
            }
        }

        #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[projection(
            name = "shelves",
            version = 1,
            key = Self::shelf,
            columns(letter, length),
            follows = $demand
        )]
        pub(crate) struct $shelf {
            pub(crate) quantity: u64,
        }

        impl $shelf {
            fn shelf(change: &RowChange<$demand>) -> Option<(String, i64)> {
                let sku = change.key.text(0)?;
                let length = i64::try_from(sku.len()).ok()?;
                Some((sku.get(..1)?.to_owned(), length))
            }
        }

        impl Follow<$demand> for $shelf {
            fn follow(&mut self, _: &Key, change: &RowChange<$demand>) {
                let quantity = |row: Option<&$demand>| row.map_or(0, |row| row.quantity);
                self.quantity -= quantity(change.before());
                self.quantity += quantity(change.after());
            }
        })*
    };
}

demands! {
    Demand Shelf(Some("poison"))
    MendedDemand MendedShelf(None)
}

/// Notes each cart that is checked out in the ledger.
#[derive(Clone, Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub(crate) struct Receipts {
    pub(crate) ledgers: Repository<Ledger>,
    /// The remarks of the delivered events, with the ids of the deliveries.
    pub(crate) deliveries: Arc<Mutex<Vec<(String, Uuid)>>>,
}

impl Receipts {
    pub(crate) fn new(store: &SqliteStore) -> Self {
        Self {
            ledgers: Repository::new(store.clone()),
            deliveries: Arc::default(),
        }
    }
}

impl React<CheckedOut> for Receipts {
    type Error = Box<dyn Error + Send + Sync>;

    async fn react(
        &self,
        recorded: &Recorded<CheckedOut>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        let delivered = (recorded.event.remark.clone(), delivery.id);
        self.deliveries.lock().unwrap().push(delivered);
        if recorded.event.remark == "no receipt" {
            return Err("nobody answers".into());
        }
        let cart = recorded.root_id();
        let note = |_: &Ledger| Ok::<_, Infallible>(LedgerEvent::Noted { cart });
        let noted = self.ledgers.execute(Ledger::id(), note);
        noted.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

/// Keeps a table of its own.
pub(crate) struct Sold;

impl SqliteHandler for Sold {
    type Events = CartEvent;
    const NAME: &'static str = "sold";
    const VERSION: u32 = 1;

    fn create(&self, transaction: &Transaction<'_>) -> Done {
        let create = "CREATE TABLE sold (at INTEGER PRIMARY KEY, payment TEXT NOT NULL)";
        Ok(transaction.execute_batch(create)?)
    }

    fn handle(&self, recorded: &Recorded<CartEvent>, transaction: &Transaction<'_>) -> Done {
        if let CartEvent::CheckedOut(CheckedOut { payment, .. }) = &recorded.event {
            let row = (recorded.position().offset().get(), format!("{payment:?}"));
            transaction.execute("INSERT INTO sold VALUES (?1, ?2)", row)?;
        }
        Ok(())
    }
}

type Done = Result<(), Box<dyn Error + Send + Sync>>;
