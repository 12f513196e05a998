//! Connections outside the pool.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls};

/// A connection whose warnings are seen. It is closed when this is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    has_warned: Arc<AtomicBool>,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        let (client, mut connection) = config.connect(NoTls).await?;
        let has_warned = Arc::new(AtomicBool::new(false));
        let warned = Arc::clone(&has_warned);
        let driver = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notice(notice) = message
                    && notice.severity() == "WARNING"
                {
                    tracing::warn!(warning = notice.message(), "PostgreSQL has warned");
                    warned.store(true, Ordering::Release);
                }
            }
        });
        Ok(Self {
            client,
            has_warned,
            driver,
        })
    }

    /// Whether the server has sent a warning since this was asked before. A COMMIT that was cancelled
    /// while it waited for a standby answers with nothing else.
    pub(crate) fn take_warning(&self) -> bool {
        self.has_warned.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
