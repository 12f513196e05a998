//! The error of opening a store.

use eventsource_core::store::StoreError;

/// The error of opening a store.
///
/// ```
/// use eventsource_postgres::{OpenError, PostgresStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let refused = PostgresStore::open("postgres://localhost:no-port/shop").await;
/// assert!(matches!(refused, Err(OpenError::Url(_))));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The connection string cannot be parsed. The error does not show it, since it may have a password.
    #[error("the connection string cannot be parsed")]
    Url(#[source] tokio_postgres::Error),
    /// A setting is out of its range.
    #[error("{0}")]
    Setting(String),
    /// The server cannot be reached, or its tables are not those of a store that this program knows.
    #[error(transparent)]
    Store(#[from] StoreError),
}
