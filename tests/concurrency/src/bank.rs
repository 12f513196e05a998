//! Accounts of which two together may not be overdrawn.

use eventsource_core::{Aggregate, Apply, event};

/// What happens to an account.
#[event]
pub enum AccountEvent {
    /// Money came in, or went out.
    Changed {
        /// How much.
        by: i64,
        /// What both accounts held together when that was decided.
        seen: i64,
    },
}

/// An account, which alone may be overdrawn.
#[derive(Aggregate, Clone, Debug, Default, PartialEq)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    /// What is on it.
    pub balance: i64,
    /// How often it changed.
    pub changes: u64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, AccountEvent::Changed { by, .. }: AccountEvent) {
        self.balance += by;
        self.changes += 1;
    }
}

/// Why money stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The two accounts do not hold as much.
    #[error("the two accounts do not hold as much")]
    NotEnough,
}

impl Account {
    /// Changes the balance, of accounts that hold `seen` together.
    ///
    /// # Errors
    ///
    /// None; the type is that of the other decisions.
    pub fn change(&self, by: i64, seen: i64) -> Result<AccountEvent, Refusal> {
        Ok(AccountEvent::Changed { by, seen })
    }
}
