//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address to which mail can be sent. Whether it exists, only a mail to it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The error for a text that is not an address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like `ann@example.org`")]
#[non_exhaustive]
pub struct InvalidEmail;

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        // A line break could begin another header of the mail.
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
        match text.split_once('@') {
            Some((who, host)) if plain(who) && plain(host) && !host.contains('@') => {
                Some(text).filter(|text| text.len() <= 254)
            }
            _ => None,
        }
        .map(Self)
        .ok_or(InvalidEmail)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
