//! An opened store: its pool, its writer and its watcher.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use eventsource_core::store::{HeadSender, StoreId};
use eventsource_core::values::Environment;
use tokio::task::JoinHandle;
use tokio_postgres::{Config, NoTls};

use crate::append::Writer;
use crate::database::schema;
use crate::database::statements::Statements;
use crate::open_error::OpenError;
use crate::read;
use crate::shared::{Shared, connection};
use crate::types::Types;
use crate::watcher;

/// The settings of a store.
#[derive(Clone, Debug)]
pub(crate) struct OpenOptions {
    pub(crate) schema: String,
    pub(crate) connections: usize,
    pub(crate) poll_interval: Duration,
    pub(crate) max_clock_lead: Duration,
    pub(crate) environment: Arc<dyn Environment>,
}

/// A store that is in use. When it is dropped its writer ends after the appends that wait.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) id: StoreId,
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Writer,
    watcher: JoinHandle<()>,
}

impl Opened {
    pub(crate) async fn open(options: OpenOptions, mut config: Config) -> Result<Self, OpenError> {
        if config.get_application_name().is_none() {
            // Each handle has a name of its own, by which its connections are found on the server.
            config.application_name(format!(
                "eventsource {}",
                options.environment.uuid().simple()
            ));
        }
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, manager))
            .max_size(options.connections)
            .build();
        let pool = pool.map_err(|error| OpenError::Setting(error.to_string()))?;
        let statements = Statements::new(&options.schema);
        let client = connection(&pool).await?;
        let new = options.environment.uuid();
        let id = schema::prepare(&client, &options.schema, new).await?;
        let head = read::head(&client, &statements).await?.position();
        drop(client);
        let shared = Arc::new(Shared {
            config,
            statements,
            types: Types::default(),
            head: HeadSender::new(head),
            environment: options.environment,
            max_clock_lead: options.max_clock_lead,
            poll_interval: options.poll_interval,
            pool,
        });
        Ok(Self {
            id,
            writer: Writer::new(Arc::clone(&shared)),
            watcher: tokio::spawn(watcher::watch(Arc::downgrade(&shared))),
            shared,
        })
    }

    /// Ends the work for all handles. What was accepted is still written.
    pub(crate) fn close(&self) {
        self.writer.close();
        self.watcher.abort();
        self.shared.pool.close();
        self.shared.head.end();
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.close();
    }
}
