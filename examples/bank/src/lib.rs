//! Accounts, and transfers between them.

use eventsource_core::{
    Aggregate, Apply, ExecuteError, Id, Metadata, Receipt, Repository, event, transact,
};

/// The events of an account.
#[event]
pub enum AccountEvent {
    /// The account was opened.
    #[event(unread = "nobody asks for more than one account")]
    Opened {
        /// The owner.
        owner: String,
    },
    /// Money came in.
    #[event(unread = "nobody asks for more than one account")]
    Deposited {
        /// The amount.
        cents: u64,
    },
    /// Money went out.
    #[event(unread = "nobody asks for more than one account")]
    Withdrawn {
        /// The amount.
        cents: u64,
    },
}

/// An account is never overdrawn.
#[derive(Aggregate, Debug, Default)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    /// The owner, once the account is open.
    pub owner: Option<String>,
    /// The balance.
    pub balance: u64,
}

/// The reason why the bank refuses a command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such account.
    #[error("the account is not open")]
    NotOpen,
    /// The account is open already.
    #[error("the account is open already")]
    AlreadyOpen,
    /// The amount is zero.
    #[error("there is nothing to move")]
    Nothing,
    /// The account would be overdrawn.
    #[error("{wanted} cents are wanted, {balance} are there")]
    NotEnough {
        /// The requested amount.
        wanted: u64,
        /// The available amount.
        balance: u64,
    },
    /// The balance would overflow.
    #[error("the account cannot hold that much")]
    TooMuch,
    /// Both accounts of the transfer are the same.
    #[error("the two accounts are one")]
    SameAccount,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { owner } => self.owner = Some(owner),
            AccountEvent::Deposited { cents } => self.balance += cents,
            AccountEvent::Withdrawn { cents } => self.balance -= cents,
        }
    }
}

impl Account {
    /// Opens the account.
    ///
    /// # Errors
    ///
    /// [`Refusal::AlreadyOpen`].
    pub fn open(&self, owner: &str) -> Result<AccountEvent, Refusal> {
        match self.owner {
            Some(_) => Err(Refusal::AlreadyOpen),
            None => Ok(AccountEvent::Opened {
                owner: owner.to_owned(),
            }),
        }
    }

    /// Puts money on the account.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn deposit(&self, cents: u64) -> Result<AccountEvent, Refusal> {
        self.check(cents)?;
        match self.balance.checked_add(cents) {
            Some(_) => Ok(AccountEvent::Deposited { cents }),
            None => Err(Refusal::TooMuch),
        }
    }

    /// Takes money from the account.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn withdraw(&self, cents: u64) -> Result<AccountEvent, Refusal> {
        self.check(cents)?;
        if cents > self.balance {
            return Err(Refusal::NotEnough {
                wanted: cents,
                balance: self.balance,
            });
        }
        Ok(AccountEvent::Withdrawn { cents })
    }

    fn check(&self, cents: u64) -> Result<(), Refusal> {
        match (&self.owner, cents) {
            (None, _) => Err(Refusal::NotOpen),
            (_, 0) => Err(Refusal::Nothing),
            _ => Ok(()),
        }
    }
}

/// Moves money from one account to another: both change, or neither.
///
/// # Errors
///
/// [`ExecuteError::Refused`] with a [`Refusal`], and the store's errors.
pub async fn transfer(
    accounts: &Repository<Account>,
    from: Id<Account>,
    to: Id<Account>,
    cents: u64,
    reason: &str,
) -> Result<Receipt, ExecuteError<Refusal>> {
    if from == to {
        return Err(ExecuteError::Refused(Refusal::SameAccount));
    }
    transact((accounts.at(from), accounts.at(to)), |(from, to)| {
        from.decide(|account| account.withdraw(cents))?;
        to.decide(|account| account.deposit(cents))
    })
    .metadata(Metadata::new().reason(reason))
    .await
}

#[cfg(test)]
mod tests;
