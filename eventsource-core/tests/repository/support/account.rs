//! Accounts, and what is in them.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, Draft, EventStore, Id, Repository, StreamId, event,
};

#[event]
#[derive(Eq)]
pub(crate) enum AccountEvent {
    Deposited { amount: u64 },
    Withdrawn { amount: u64 },
    Closed,
}

#[derive(Aggregate, Clone, Debug, Default, PartialEq)]
#[aggregate(event = AccountEvent)]
pub(crate) struct Account {
    pub(crate) balance: u64,
    pub(crate) closed: bool,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Deposited { amount } => self.balance += amount,
            AccountEvent::Withdrawn { amount } => self.balance -= amount,
            AccountEvent::Closed => self.closed = true,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("only {0} there")]
    Overdrawn(u64),
    #[error("closed")]
    Closed,
}

impl Account {
    pub(crate) fn deposit(&self, amount: u64) -> Result<AccountEvent, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        Ok(AccountEvent::Deposited { amount })
    }

    pub(crate) fn withdraw(&self, amount: u64) -> Result<AccountEvent, Refusal> {
        if amount > self.balance {
            return Err(Refusal::Overdrawn(self.balance));
        }
        Ok(AccountEvent::Withdrawn { amount })
    }

    pub(crate) fn close(&self) -> Result<AccountEvent, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        Ok(AccountEvent::Closed)
    }
}

pub(crate) fn accounts(store: impl EventStore) -> Repository<Account> {
    Repository::new(store)
}

/// An account with these deposits, each in a commit of its own.
pub(crate) async fn opened(accounts: &Repository<Account>, amounts: &[u64]) -> Id<Account> {
    let id = Id::new();
    for amount in amounts {
        let deposited = accounts.execute(id, |account| account.deposit(*amount));
        deposited.await.expect("an open account takes deposits");
    }
    id
}

/// A deposit as it is stored.
pub(crate) fn deposited(stream: &StreamId, amount: u64) -> NewEvent {
    let payload = format!("{{\"amount\":{amount}}}").into_bytes();
    NewEvent::new(stream.clone(), "account.deposited", 1, Codec::Json, payload)
}

/// A commit of another writer: `count` deposits of 1.
pub(crate) fn deposits(stream: &StreamId, count: usize) -> Commit {
    let events = (0..count).map(|_| deposited(stream, 1)).collect();
    Commit::new(Uuid::now_v7(), events)
}

/// Takes `amount` from the first account to the second.
pub(crate) fn transfer(
    amount: u64,
    from: &mut Draft<Account>,
    to: &mut Draft<Account>,
) -> Result<(), Refusal> {
    from.decide(|account| account.withdraw(amount))?;
    to.decide(|account| account.deposit(amount))
}

pub(crate) async fn balances<const N: usize>(
    accounts: &Repository<Account>,
    ids: [Id<Account>; N],
) -> Vec<u64> {
    let mut balances = Vec::new();
    for id in ids {
        balances.push(accounts.load(id).await.unwrap().balance);
    }
    balances
}
