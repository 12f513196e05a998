//! Accounts, two of which may not be overdrawn in total.

use eventsource_core::{Aggregate, Apply, event};

/// The events of an account.
#[event]
pub enum AccountEvent {
    /// The balance changed.
    Changed {
        /// The amount, negative for a withdrawal.
        by: i64,
        /// The total of both accounts that the decision saw.
        seen: i64,
    },
}

/// An account. Alone, it may be overdrawn.
#[derive(Aggregate, Clone, Debug, Default, PartialEq)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    /// The balance.
    pub balance: i64,
    /// The number of changes.
    pub changes: u64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, AccountEvent::Changed { by, .. }: AccountEvent) {
        self.balance += by;
        self.changes += 1;
    }
}

/// The reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The total of the two accounts is too small.
    #[error("the total of the two accounts is too small")]
    NotEnough,
}

impl Account {
    /// Changes the balance. `seen` is the total of both accounts.
    ///
    /// # Errors
    ///
    /// None; the type is that of the other decisions.
    pub fn change(&self, by: i64, seen: i64) -> Result<AccountEvent, Refusal> {
        Ok(AccountEvent::Changed { by, seen })
    }
}
