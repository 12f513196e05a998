//! What the projections of a runner share.

use std::sync::Arc;
use std::time::Duration;

use crate::{Environment, EventBus, ReadModelStore, SystemEnvironment};

/// Where events come from and rows go to, and how.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) bus: Arc<dyn EventBus>,
    pub(super) models: Arc<dyn ReadModelStore>,
    /// So many events are taken at once while it is behind.
    pub(super) page: usize,
    /// For how long others wait for a sign of life.
    pub(super) ttl: Duration,
    pub(super) environment: Arc<dyn Environment>,
}

impl Setting {
    pub(super) fn new(bus: Arc<dyn EventBus>, models: Arc<dyn ReadModelStore>) -> Self {
        Self {
            bus,
            models,
            page: 2_000,
            ttl: Duration::from_secs(5),
            environment: Arc::new(SystemEnvironment),
        }
    }
}
