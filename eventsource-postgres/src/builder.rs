//! Opening a store.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::CommitTime;
use eventsource_core::values::{Environment, SystemEnvironment};
use tokio_postgres::Config;

use crate::open_error::OpenError;
use crate::opened::{OpenOptions, Opened};
use crate::store::PostgresStore;

/// The settings of a store that is to be opened: see [`PostgresStore::builder`].
///
/// ```no_run
/// use eventsource_postgres::{PostgresBuilder, PostgresStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings: PostgresBuilder = PostgresStore::builder().schema("shop").connections(4);
/// let store = settings.open("postgres://shop@db.example.com/shop").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it opens nothing by itself"]
pub struct PostgresBuilder(OpenOptions);

impl PostgresStore {
    /// Opens the store in the schema `eventsource` at this connection string, and creates its tables if there
    /// are none. Connections are not encrypted.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::builder().open(url).await
    }

    /// The settings of a store, to be changed before it is opened.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::default()
    }
}

impl Default for PostgresBuilder {
    fn default() -> Self {
        Self(OpenOptions {
            schema: "eventsource".to_owned(),
            connections: 8,
            poll_interval: Duration::from_millis(10),
            max_clock_lead: CommitTime::MAX_CLOCK_LEAD,
            environment: Arc::new(SystemEnvironment),
        })
    }
}

impl PostgresBuilder {
    /// Sets the schema that has the tables, `eventsource` by default. Several stores can be in one
    /// database, each in a schema of its own.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.0.schema = schema.into();
        self
    }

    /// Sets the largest number of connections for reads, 8 by default. The writer and the watch of the
    /// head have one more each.
    pub fn connections(mut self, connections: usize) -> Self {
        self.0.connections = connections;
        self
    }

    /// Sets the time between two questions for the head, 10 milliseconds by default, while it is
    /// watched. A longer time costs the server less, and readers in other processes notice appends later.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.0.poll_interval = interval;
        self
    }

    /// Sets how far the last event of a stream may be ahead of the clock, a day by default; see
    /// [`AppendError::ClockBehind`](eventsource_core::AppendError::ClockBehind).
    pub fn max_clock_lead(mut self, max: Duration) -> Self {
        self.0.max_clock_lead = max;
        self
    }

    /// Sets the source of times and random ids.
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.0.environment = environment;
        self
    }

    /// Opens the store at this connection string, and creates its tables where there are none.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn open(self, url: &str) -> Result<PostgresStore, OpenError> {
        let config: Config = url.parse().map_err(OpenError::Url)?;
        self.check()?;
        Ok(PostgresStore::new(Opened::open(self.0, config).await?))
    }

    fn check(&self) -> Result<(), OpenError> {
        let bytes = self.0.schema.len();
        if bytes == 0 || bytes > 63 || self.0.schema.contains('\0') {
            let message =
                format!("the name of the schema has {bytes} bytes; it has 1 to 63, and no NUL");
            return Err(OpenError::Setting(message));
        }
        if self.0.connections == 0 {
            return Err(OpenError::Setting(
                "a store needs at least one connection for reads".to_owned(),
            ));
        }
        if self.0.poll_interval.is_zero() {
            return Err(OpenError::Setting(
                "the poll interval is zero; use at least a millisecond".to_owned(),
            ));
        }
        Ok(())
    }
}
