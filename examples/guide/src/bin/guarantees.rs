//! The answers that a caller can rely on: stored once, stored whole, or refused.

use std::error::Error;

use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, ErrorClass, ExecuteError, Id, Loaded, Repository, event, transact,
};
use eventsource_sqlite::SqliteStore;

#[event]
pub enum AccountEvent {
    Deposited { cents: u64 },
    Withdrawn { cents: u64 },
}

#[derive(Aggregate, Clone, Debug, Default)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    cents: u64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Deposited { cents } => self.cents += cents,
            AccountEvent::Withdrawn { cents } => self.cents -= cents,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the account has {0} cents")]
pub struct NotEnough(u64);

impl Account {
    pub fn deposit(&self, cents: u64) -> Result<AccountEvent, NotEnough> {
        Ok(AccountEvent::Deposited { cents })
    }

    pub fn withdraw(&self, cents: u64) -> Result<AccountEvent, NotEnough> {
        if cents > self.cents {
            return Err(NotEnough(self.cents));
        }
        Ok(AccountEvent::Withdrawn { cents })
    }
}

/// Advice for the caller of a command, whatever the command is.
fn advice(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Refused => "tell the user why",
        ErrorClass::Conflict => "show the new state, and let the user decide again",
        ErrorClass::Transient => "try again later",
        ErrorClass::OutcomeUnknown => "send the same command with the same id again",
        _ => "ask an operator",
    }
}

fn report(answer: Result<impl Sized, ExecuteError<NotEnough>>) {
    match answer {
        Ok(_) => println!("  stored"),
        Err(error) => println!("  {:?}: {}", error.class(), advice(error.class())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("bank.db")).await?;
    let accounts = Repository::<Account>::new(store.clone());
    let ann = Id::from_name("ann");
    let bob = Id::from_name("bob");

    println!("the same request three times:");
    let request = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"request 1");
    for _ in 0..3 {
        let deposit = accounts.execute(ann, |account| account.deposit(500));
        let receipt = deposit.commit_id(request).await?;
        println!(
            "  stored at {}, repeated: {}",
            receipt.last, receipt.repeated
        );
    }

    println!("a transfer of more than there is:");
    let transfer = transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        bob.decide(|account| account.deposit(900))?;
        ann.decide(|account| account.withdraw(900))
    });
    report(transfer.await);
    println!("  bob has {} cents", accounts.load(bob).await?.cents);

    println!("a decision on a state that has changed:");
    let seen = Loaded::revision(&accounts.load(ann).await?);
    accounts.execute(ann, |account| account.deposit(1)).await?;
    let withdrawal = accounts.execute(ann, |account| account.withdraw(500));
    report(withdrawal.expecting(seen).await);
    println!("  ann has {} cents", accounts.load(ann).await?.cents);

    println!("the file: {:?}", store.verify().await);
    store.close().await;
    Ok(())
}
