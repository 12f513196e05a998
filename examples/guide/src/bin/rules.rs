//! Accounts: no two open ones have the same e-mail address.

use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, ExecuteError, Id, Project, Projection, ReadModel, Receipt, Recorded,
    Repository, Row, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[event]
pub enum AccountEvent {
    Opened { email: String },
    Closed { email: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    email: String,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { email } => self.email = email,
            AccountEvent::Closed { .. } => self.email.clear(),
        }
    }
}

/// The account that has an e-mail address: one row for each address that is taken.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "emails", version = 1, key = email, event = AccountEvent(Opened, Closed))]
pub struct Email {
    owner: Option<Id<Account>>,
}

#[derive(Debug, thiserror::Error)]
#[error("there is an account with this e-mail address")]
pub struct EmailTaken;

impl Project<AccountEvent, Result<Row, EmailTaken>> for Email {
    fn project(&mut self, recorded: &Recorded<AccountEvent>) -> Result<Row, EmailTaken> {
        match recorded.event {
            AccountEvent::Opened { .. } if self.owner.is_some() => Err(EmailTaken),
            AccountEvent::Opened { .. } => {
                self.owner = Some(recorded.id());
                Ok(Row::Keep)
            }
            AccountEvent::Closed { .. } => Ok(Row::Delete),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let builder = SqliteStore::builder().inline::<Email>();
    let store = builder.open("accounts.db").await?;
    let accounts = Repository::<Account>::new(store.clone());
    let [ann, bob] = ["ann", "bob"].map(Id::<Account>::from_name);

    open(&accounts, ann).await?;
    open(&accounts, bob).await?; // is refused
    let close = |account: &Account| {
        let email = account.email.clone();
        Ok::<_, Infallible>(AccountEvent::Closed { email })
    };
    accounts.execute(ann, close).await?;
    open(&accounts, bob).await?;

    // The rows never lag, and no runner keeps them.
    let emails = ReadModel::<Email>::new(store.clone(), store.clone());
    let row = emails.get("office@example.org").await?;
    let owner = row.and_then(|row| row.owner);
    println!("it belongs to bob: {}", owner == Some(bob));
    store.close().await;
    Ok(())
}

async fn open(accounts: &Repository<Account>, id: Id<Account>) -> anyhow::Result<()> {
    let email = "office@example.org";
    let opened = |_: &Account| {
        let email = email.to_owned();
        Ok::<_, Infallible>(AccountEvent::Opened { email })
    };
    let stored: Result<Receipt, ExecuteError<Infallible>> = accounts.execute(id, opened).await;
    match stored {
        Ok(receipt) => println!("stored at position {}", receipt.last),
        Err(error) => match error.broken_rule::<EmailTaken>() {
            Some(taken) => println!("refused: {taken}"),
            None => return Err(error.into()),
        },
    }
    Ok(())
}
