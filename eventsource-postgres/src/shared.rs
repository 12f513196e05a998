//! The state that the parts of a store share.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Object, Pool, PoolError};
use eventsource_core::store::{HeadSender, StoreError, StoreErrorKind};
use eventsource_core::values::Environment;
use tokio_postgres::Config;

use crate::database::statements::Statements;
use crate::failure::failed;
use crate::types::Types;

/// A read waits so long for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// The state that the parts of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) statements: Statements,
    pub(crate) types: Types,
    pub(crate) head: HeadSender,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) max_clock_lead: Duration,
    pub(crate) poll_interval: Duration,
    pub(crate) pool: Pool,
}

impl Shared {
    /// A connection for reads.
    pub(crate) async fn connection(&self) -> Result<Object, StoreError> {
        connection(&self.pool).await
    }
}

/// A connection of a pool.
pub(crate) async fn connection(pool: &Pool) -> Result<Object, StoreError> {
    let waited = tokio::time::timeout(PATIENCE, pool.get()).await;
    let got = waited.map_err(|_| {
        let message = format!(
            "no connection became free within {} seconds; give the store more connections",
            PATIENCE.as_secs()
        );
        StoreError::new(StoreErrorKind::Busy, message)
    })?;
    got.map_err(|error| match error {
        PoolError::Closed => StoreError::new(StoreErrorKind::Closed, "the store was closed"),
        PoolError::Backend(error) => failed("the server was not reached", error),
        error => StoreError::new(StoreErrorKind::Unavailable, "the server was not reached")
            .caused_by(error),
    })
}
