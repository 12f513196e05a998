//! Customers, and the rule that none of them has the e-mail address of another.

use eventsource_core::{Aggregate, Apply, Handle, Id, Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

use super::Email;

/// What can happen to a customer.
#[event]
pub enum CustomerEvent {
    /// Somebody became a customer.
    Registered {
        /// Where mail goes.
        email: String,
    },
}

/// Somebody whom the shop knows.
#[derive(Aggregate, Debug, Default)]
#[aggregate(event = CustomerEvent, commands(Register))]
pub struct Customer {
    email: Option<String>,
}

/// Makes somebody a customer. Whether another one has the address, no customer knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks for it makes it")]
pub struct Register {
    /// Where mail goes.
    pub email: Email,
}

/// Why a customer is not registered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRefusal {
    /// He is one.
    #[error("the customer is registered already")]
    Registered,
}

impl Apply<CustomerEvent> for Customer {
    fn apply(&mut self, event: CustomerEvent) {
        match event {
            CustomerEvent::Registered { email } => self.email = Some(email),
        }
    }
}

impl Customer {
    /// Where mail goes, once the customer is registered.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

impl Handle<Register> for Customer {
    type Events = CustomerEvent;
    type Error = CustomerRefusal;

    fn handle(&self, Register { email }: &Register) -> Result<CustomerEvent, CustomerRefusal> {
        match self.email {
            Some(_) => Err(CustomerRefusal::Registered),
            None => Ok(CustomerEvent::Registered {
                email: email.to_string(),
            }),
        }
    }
}

/// Whose an e-mail address is. The store changes it in the transaction of the append itself, so of
/// two customers who ask for one address at the same time, one is refused.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(
    name = "emails",
    version = 1,
    key = Self::address,
    columns(address),
    event = CustomerEvent(Registered)
)]
#[non_exhaustive]
pub struct Emails {
    /// The customer, once there is one.
    pub owner: Option<Id<Customer>>,
}

/// Another customer has the address.
#[derive(Debug, thiserror::Error)]
#[error("another customer has this e-mail address")]
#[non_exhaustive]
pub struct EmailTaken;

impl Emails {
    /// In capitals it is the same address.
    fn address(event: &CustomerEvent) -> String {
        let CustomerEvent::Registered { email } = event;
        email.to_ascii_lowercase()
    }
}

impl Project<CustomerEvent, Result<(), EmailTaken>> for Emails {
    fn project(&mut self, recorded: &Recorded<CustomerEvent>) -> Result<(), EmailTaken> {
        if self.owner.is_some() {
            return Err(EmailTaken);
        }
        self.owner = Some(recorded.id());
        Ok(())
    }
}
