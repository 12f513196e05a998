//! The error of registering inline projections.

use eventsource_core::read_model::{ModelMismatch, ModelNamesError};
use eventsource_core::store::{ErrorClass, StoreError};
use eventsource_core::{BrokenRule, ReadError};

/// The error of registering an inline projection, or of building it anew.
///
/// ```
/// # use eventsource_core::{Project, Projection, Recorded, event};
/// # use eventsource_sqlite::SqliteStore;
/// # use serde::{Deserialize, Serialize};
/// # #[event] pub struct Opened { email: String }
/// # #[derive(Projection, Default, Serialize, Deserialize)]
/// # #[projection(name = "emails", version = 1, key = email, events(Opened))]
/// # struct Emails { accounts: u32 }
/// # impl Project<Opened> for Emails {
/// #     fn project(&mut self, _: &Recorded<Opened>) { self.accounts += 1; }
/// # }
/// use eventsource_core::store::StoreErrorKind;
/// use eventsource_sqlite::InlineError;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.db");
/// let store = SqliteStore::open(path).await?; // it does not carry the projection
/// match store.rebuild_inline::<Emails>().await.unwrap_err() {
///     InlineError::Store(error) => assert_eq!(error.kind(), StoreErrorKind::Unsupported),
///     error => panic!("{error}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InlineError {
    /// The projection differs from the stored one of its name and version.
    #[error(transparent)]
    Mismatch(#[from] ModelMismatch),
    /// The projection cannot be kept under its names.
    #[error(transparent)]
    Names(#[from] ModelNamesError),
    /// The projection refuses an event of the history.
    #[error("the history breaks a rule; have the rule let pass what was before it")]
    Rule(#[from] BrokenRule),
    /// The events could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store failed, or does not allow the registration.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InlineError {
    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Read(error) => error.class(),
            Self::Store(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }
}
