//! Customers, and the rule that none of them has the e-mail address of another.

use eventsource_core::{Aggregate, Apply, Handle, Id, Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

use super::Email;

/// The events of a customer.
#[event]
pub enum CustomerEvent {
    /// A person became a customer.
    Registered {
        /// The address for mail.
        email: String,
    },
}

/// A person whom the shop knows.
#[derive(Aggregate, Debug, Default)]
#[aggregate(event = CustomerEvent, commands(Register))]
pub struct Customer {
    email: Option<String>,
}

/// Makes a person a customer. Whether another customer has the address, the aggregate does not know.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Register {
    /// The address for mail.
    pub email: Email,
}

/// The reason why a customer is not registered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRefusal {
    /// The customer exists already.
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
    /// The address for mail, once the customer is registered.
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

/// The owner of an e-mail address. The store updates it in the transaction of the append, so of two
/// customers who register with one address at the same time, one is rejected.
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
    /// The address in lower case: upper case letters do not make another address.
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
